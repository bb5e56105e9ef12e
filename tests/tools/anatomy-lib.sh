# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For the tests of tools/anatomy. $fast is the tool as make anatomy builds it,
# $anatomy the same under ASan and UBSan. Images are made by tests/tools/mkimage.py.

. tests/lib/tap.sh

for header in zlib.h bzlib.h lzma.h zstd.h lz4.h lzo/lzo1x.h; do
	echo "#include <$header>" | ${HOSTCC:-gcc} -E - >/dev/null 2>&1 || skip_all "there is no $header"
done

mk() {
	python3 -B tests/tools/mkimage.py "$@"
}

# ask JSON QUESTION [ARGUMENT]...: see tests/tools/askjson.py
ask() {
	python3 -B tests/tools/askjson.py "$@"
}

mk "$tmp/cpio" cpio
printf '# made\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="say=\\"yes\\" ro"\n' >"$tmp/config"
mk "$tmp/plain" bzImage compressor=plain initramfs="$tmp/cpio" config="$tmp/config" pe=1

fast=${BUILD:-$tmp}/anatomy/tools/anatomy
anatomy=${BUILD:-$tmp}/anatomy-san/tools/anatomy
build_tools() {
	ok 'make anatomy KERNEL=' make O="${fast%/tools/*}" anatomy KERNEL="$tmp/plain"
	ok '... with sanitizers' make O="${anatomy%/tools/*}" anatomy KERNEL="$tmp/plain" \
		HOSTCFLAGS='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all' || done_testing
}

# The program that makes and reads what a compressor makes: sets $program
program_of() {
	case $1 in
	lzma) program='xz --format=lzma' ;;
	lz4) program='lz4 -l' ;;
	lzo) program=lzop ;;
	*) program=$1 ;;
	esac
	command -v "${program%% *}" >/dev/null || { skip "$1" "${program%% *} is not installed"; return 1; }
}
compressors='gzip bzip2 lzma xz zstd lz4 lzo'
