#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a build cannot work with is refused in one line, with its cause and its remedy. No
# kernel is compiled.

. tests/lib/build.sh

o=$tmp/o
for goal in menuconfig nconfig config kernel-menuconfig kernel-nconfig; do
	timeout 20 make O="$o" $goal >"$log" 2>&1 </dev/null
	rc=$?
	is "make $goal without a terminal is refused in one line" "$rc $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'needs a terminal: write options into .*/\.config and run make olddefconfig'
done
done_testing
