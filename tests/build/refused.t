#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Menus without a terminal and fragments that are not there are refused in one line, with
# cause and remedy. No kernel is compiled.

. tests/lib/build.sh

o=$tmp/o
for goal in menuconfig nconfig config kernel-menuconfig kernel-nconfig; do
	timeout 20 make O="$o" $goal >"$log" 2>&1 </dev/null
	rc=$?
	is "make $goal without a terminal is refused in one line" "$rc $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'needs a terminal: write options into .*/\.config and run make olddefconfig'
done

ok 'there is a configuration' mk_or_log O="$o" hello_defconfig
sed -i 's,^CONFIG_KERNEL_EXTRA_FRAGMENTS=.*,CONFIG_KERNEL_EXTRA_FRAGMENTS="nowhere.config",' "$o/.config"
not_ok_cmd 'a fragment that is not there is refused' mk O="$o" initramfs
like '... it was looked for in the source tree, and the option is named' "$(cat "$log")" \
	"^$src/nowhere\.config: cannot read this fragment: .*KERNEL_EXTRA_FRAGMENTS"
done_testing
