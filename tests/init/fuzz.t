#!/bin/sh
# shellcheck disable=SC2317 # ok calls compile
# SPDX-License-Identifier: GPL-2.0-only
#
# The parsers of PID 1 and of switch-root take random input, under ASan and
# UBSan. A few seconds of it; FUZZ=SECONDS, or make fuzz, for more. With clang
# it is libFuzzer, which looks for new paths; an input that crashes stays in $BUILD/crash-*.

. tests/lib/tap.sh

seconds=${FUZZ:-5}
[ -z "${BUILD-}" ] || mkdir -p "$BUILD"	# for what crashes
src=${INIT_SRC:-init-src}
compile() {
	_cc=$1
	shift
	case "$*" in *MAIN*) _main=fuzz-main ;; *) _main= ;; esac
	rm -f "$tmp"/*.o
	for f in $_main lib/cmdline lib/words table load inittab service-file settings users control \
		switch-root/superblock lib/file lib/print lib/sys fuzz-init; do
		_file=$src/$f.c
		_name=-Dread_file=fuzz_read_file
		case $f in
		lib/file) _name= ;;
		fuzz-main) _file=tests/lib/$f.c ;;
		fuzz-*) _file=tests/init/$f.c ;;
		esac
		# shellcheck disable=SC2086 # CC may be "ccache gcc"
		$_cc -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror "$@" $_name -DCONFIG_INIT_CONTROL=1 \
			-fno-sanitize-recover=all -fno-omit-frame-pointer -I "$src" \
			-c -o "$tmp/${f##*/}.o" "$_file" || return
	done
	# shellcheck disable=SC2086
	$_cc "$@" -o "$tmp/fuzz" "$tmp"/*.o
}

if ok 'compiles' compile "${HOSTCC:-gcc}" -fsanitize=address,undefined -DMAIN; then
	ok "$seconds s of random changes do no harm" "$tmp/fuzz" "$seconds" tests/init/corpus/*
	diag "$_out"
fi
if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	clang -fsanitize=fuzzer -x c -o "$tmp/try" - 2>/dev/null; then
	ok 'compiles for libFuzzer' compile clang -fsanitize=fuzzer,address,undefined
	cp -r tests/init/corpus "$tmp/corpus"
	ok "$seconds s of libFuzzer find nothing" "$tmp/fuzz" -max_total_time="$seconds" \
		-max_len=8192 -close_fd_mask=1 -verbosity=0 -timeout=10 \
		-artifact_prefix="${BUILD:-$tmp}/" "$tmp/corpus"
else
	skip 'libFuzzer' 'clang with its run-time library is not installed'
fi
done_testing
