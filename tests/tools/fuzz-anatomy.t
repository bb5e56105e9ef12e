#!/bin/sh
# shellcheck disable=SC2317 # ok calls compile
# SPDX-License-Identifier: GPL-2.0-only
#
# tools/anatomy takes random input, under ASan and UBSan. A few seconds of it;
# FUZZ=SECONDS, or make fuzz, for more. With clang it is libFuzzer, which looks
# for new paths; an input that crashes stays in $BUILD/crash-*. The seeds were
# made by tests/tools/mkimage.py.

. tests/lib/tap.sh

seconds=${FUZZ:-5}
[ -z "${BUILD-}" ] || mkdir -p "$BUILD"	# for what crashes
# shellcheck disable=SC2016 # make expands it
libs=$(printf 'include tools/Kbuild\nall:; @echo $(HOSTLDLIBS_anatomy)\n' | make -s -f - all)
for header in zlib.h bzlib.h lzma.h zstd.h lz4.h lzo/lzo1x.h; do
	echo "#include <$header>" | ${HOSTCC:-gcc} -E - >/dev/null 2>&1 || skip_all "there is no $header"
done
compile() {
	_cc=$1
	shift
	case "$*" in *MAIN*) _main=fuzz-main.o ;; *) _main= ;; esac
	rm -f "$tmp"/*.o
	for f in $(objects_of anatomy tools) fuzz-anatomy.o $_main; do
		case $f in
		anatomy.o) continue ;;
		fuzz-main.o) f=tests/lib/fuzz-main.c ;;
		fuzz-*) f=tests/tools/${f%.o}.c ;;
		*) f=$(find tools/lib tools/anatomy scripts/lib -name "${f%.o}.c") ;;
		esac
		# shellcheck disable=SC2086 # CC may be "ccache gcc"
		$_cc -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror "$@" \
			-fno-sanitize-recover=all -fno-omit-frame-pointer -I tools/lib -I tools/anatomy -I scripts/lib \
			-c -o "$tmp/$(basename "$f" .c).o" "$f" || return
	done
	# shellcheck disable=SC2086
	$_cc "$@" -o "$tmp/fuzz" "$tmp"/*.o $libs
}

if ok 'compiles' compile "${HOSTCC:-gcc}" -fsanitize=address,undefined -DMAIN; then
	ok "$seconds s of random changes do no harm" "$tmp/fuzz" "$seconds" tests/tools/corpus-anatomy/*
	diag "$_out"
fi
if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	clang -fsanitize=fuzzer -x c -o "$tmp/try" - 2>/dev/null; then
	ok 'compiles for libFuzzer' compile clang -fsanitize=fuzzer,address,undefined
	cp -r tests/tools/corpus-anatomy "$tmp/corpus"
	ok "$seconds s of libFuzzer find nothing" "$tmp/fuzz" -max_total_time="$seconds" \
		-max_len=16384 -close_fd_mask=1 -verbosity=0 -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix="${BUILD:-$tmp}/" "$tmp/corpus"
else
	skip 'libFuzzer' 'clang with its run-time library is not installed'
fi
done_testing
