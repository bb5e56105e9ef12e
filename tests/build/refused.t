#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Menus without a terminal, and files that a configuration names and that cannot be read,
# are refused in one line, with cause and remedy. No kernel is compiled.

# shellcheck disable=SC2016 # the dollar signs are meant
. tests/lib/build.sh

o=$tmp/o
for goal in menuconfig nconfig config kernel-menuconfig kernel-nconfig; do
	timeout 20 make O="$o" $goal >"$log" 2>&1 </dev/null
	rc=$?
	is "make $goal without a terminal is refused in one line" "$rc $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'needs a terminal: write options into .*/\.config and run make olddefconfig'
done

for value in garbage '$(shell >MARK)' "';>MARK;'" '`>MARK`'; do
	value=$(printf '%s\n' "$value" | sed "s,MARK,$tmp/mark,g")
	KBUILD_BUILD_TIMESTAMP=$value make O="$o" initramfs >"$log" 2>&1 </dev/null
	is "KBUILD_BUILD_TIMESTAMP=$(printf '%s' "$value" | sed "s,$tmp,TMP,g") is refused in one line" "$? $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'KBUILD_BUILD_TIMESTAMP=.* is no time that date -d can read: write it as date -u does'
done
ok '... and runs nothing' test ! -e "$tmp/mark"

ok 'there is a configuration' mk_or_log O="$o" hello_defconfig
sed '/CONFIG_KERNEL_EXTRA/d; /CONFIG_USR_/d' "$o/.config" >"$tmp/config"
mkdir "$tmp/directory"
mkfifo "$tmp/pipe"
: >"$tmp/empty"

# refused OPTION PATH PATTERN [LINE...]: OPTION="PATH" is refused in one line, which
# matches PATTERN and names the option; LINEs of .config make the option visible.
refused() {
	option=$1 path=$2 pattern=$3
	shift 3
	case $option in
	INIT_*) sed '/CONFIG_INIT_/d' "$tmp/config" ;;
	*) cat "$tmp/config" ;;
	esac >"$o/.config"
	printf '%s\n' "$@" "CONFIG_$option=\"$path\"" >>"$o/.config"
	timeout 60 make O="$o" initramfs >"$log" 2>&1 </dev/null
	is "$option=\"$path\" is refused in one line" \
		"$? $(grep -v -e '^  [A-Z]' -e '^make' "$log" | grep -c .)" '2 1'
	like '... that says where it was looked for' "$(cat "$log")" "$pattern"
	like '... and names the option' "$(cat "$log")" "$option"
}

for path in nowhere "$tmp/directory" "$tmp/pipe"; do
	full=$path
	[ "$path" != nowhere ] || full=$src/nowhere
	for option in KERNEL_EXTRA_FRAGMENTS USR_LISTS USR_PROGRAMS; do
		refused $option "$path" "$full:.* (cannot read|no such file|not a regular|is a directory)"
	done
	refused USR_BUSYBOX_PATH "$path" "$full (does not exist|is not a program)" CONFIG_USR_BUSYBOX=y
	refused INIT_BINARY_PATH "$path" "(no such file: $full|$full is a directory|$full is not a regular file)" CONFIG_INIT_BINARY=y
	refused INIT_SOURCE_PATH "$path" "no C file '$full'" CONFIG_INIT_SOURCE=y
done
refused USR_OVERLAYS nowhere "$src/nowhere: no such directory"
for path in "$tmp/empty" "$tmp/pipe"; do
	refused USR_OVERLAYS "$path" "$path: no such directory"
done
refused INIT_SOURCE_PATH "$tmp/empty" "$tmp/empty is no C file" CONFIG_INIT_SOURCE=y
refused INIT_BINARY_PATH "$tmp/empty" "$tmp/empty" CONFIG_INIT_BINARY=y
refused USR_PROGRAMS "$tmp/empty" "$tmp/empty is not executable"
refused USR_BUSYBOX_PATH "$tmp/empty" "$tmp/empty is not a program" CONFIG_USR_BUSYBOX=y
refused USR_BUSYBOX_PATH '' 'names no program' CONFIG_USR_BUSYBOX=y
done_testing
