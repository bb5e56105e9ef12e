#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a .config, a defconfig or a file for KCONFIG_ALLCONFIG asks for is in the
# configuration, or make stops before anything is built, says where and why, and leaves
# .config as it is; make olddefconfig says what it drops and goes on. With each kernel tree
# that is unpacked, because its kconfig decides. No kernel is compiled.

# shellcheck disable=SC2016,SC2317
. tests/lib/build.sh

o=$tmp/o
c=$o/.config
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bzinit

# stops NAME PATTERN: make stops on this .config; what it says, its lines joined by ~,
# matches PATTERN, with @ for the path of .config.
stops() {
	cp "$c" "$tmp/before"
	rm -rf "${o:?}/usr"
	not_ok_cmd "$name: $1" mk O="$o" KERNEL_SRC="$tree" initramfs
	like '... is named with its reason' "$(tr '\n' '~' <"$log")" "^(.*~)?$(printf '%s' "$2" | sed "s,@,$c,g")"
	like '... and a remedy' "$(cat "$log")" "^bzinit: .*correct $c, or run make olddefconfig"
	ok '... .config is as it was' cmp "$c" "$tmp/before"
	ok '... nothing is built' test ! -e "$o/usr"
}
# told NAME PATTERN: make goes on and says that.
told() {
	ok "$name: $1: goes on" mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	like '... and it is said' "$(tr '\n' '~' <"$log")" "^(.*~)?$(printf '%s' "$2" | sed "s,@,$c,g")"
	ok '... once' mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	is '... then no more' "$(cat "$log")" ''
}
# with LINE...: the first configuration and these lines; the number of the first is $at.
with() {
	cp "$tmp/first" "$c"
	at=$(($(wc -l <"$c") + 1))
	printf '%s\n' "$@" >>"$c"
}
off() { sed -i "s/^CONFIG_$1=y/# CONFIG_$1 is not set/" "$c"; }
line_of() { grep -n "CONFIG_$1[= ]" "$c" | head -n 1 | cut -d : -f 1; }

values() {
	for value in maybe '"y"' m 1; do
		with "CONFIG_USR_BUSYBOX=$value"
		stops "a bool that is $value" "@:$at: CONFIG_USR_BUSYBOX=$value: got n~    it is a bool: write y or n~"
	done
	for value in yes '' '"y' 'y # why'; do
		with "CONFIG_USR_BUSYBOX=$value"
		stops "a bool that is '$value'" "@:$at: neither CONFIG_NAME=value nor .*: CONFIG_USR_BUSYBOX=$value \\(a value is"
	done
	with CONFIG_QEMU_MEMORY=4
	stops 'a number out of range' "@:$at: CONFIG_QEMU_MEMORY=4: got [0-9]*~    its range is 8 to 1048576~"
	with CONFIG_QEMU_MEMORY=99999999999999999999
	stops 'a number larger than any' "@:$at: CONFIG_QEMU_MEMORY=9*: got [0-9]*~    its range is 8 to 1048576~"
	with CONFIG_QEMU_MEMORY=12ab
	stops 'an int that is no number' "@:$at: CONFIG_QEMU_MEMORY=12ab: got 256~    its type is integer: write a decimal number~"
	with 'CONFIG_QEMU_MEMORY="300"'
	stops 'an int that is a string' "@:$at: CONFIG_QEMU_MEMORY=\"300\": got 256~    its type is integer"
	with CONFIG_INIT_HOSTNAME=y
	stops 'a string without quotes' "@:$at: CONFIG_INIT_HOSTNAME=y: got \"bzinit\"~    its type is string: write a text between two quotes~"
	with 'CONFIG_INIT_HOSTNAME="pupil'
	stops 'a string without its end' "@:$at: neither .*CONFIG_INIT_HOSTNAME=\"pupil \\("
	with 'CONFIG_INIT_HOSTNAME="pupil" now'
	stops 'a string and more' "@:$at: neither "
	with 'CONFIG_INIT_HOSTNAME="a\b"'
	stops 'a backslash by itself' "@:$at: CONFIG_INIT_HOSTNAME=\"a.b\": got \"ab\"~    in a string, write "
}

lines() {
	with 'hello world' CONFIG_NO_SUCH=y
	stops 'a line that is no setting' "@:$at: neither .*: hello world~"
	like '... with other mistakes' "$(cat "$log")" ":$((at + 1)): CONFIG_NO_SUCH=y: got nothing"
	with ' CONFIG_USR_BUSYBOX=y'
	stops 'a blank before a setting' "@:$at: neither "
	with 'CONFIG_USR_BUSYBOX = y'
	stops 'blanks around the equals sign' "@:$at: neither "
	cp "$tmp/first" "$c"
	printf 'CONFIG_USR_\0BUSYBOX=y\n' >>"$c"
	stops 'a NUL byte' "@:$at: it has a NUL byte"
	sed 's/$/\r/' "$tmp/first" >"$c"
	stops 'DOS line ends' "@:1: .*CR LF: run sed "
	is '... are said in two lines' "$(grep -cv '^make' "$log")" 2
	with "$(printf 'CONFIG_\033[2J=y')"
	stops 'what a terminal would execute' "@:$at: neither "
	unlike '... is not printed' "$(cat "$log")" "$(printf '\033')"
	with "$(printf 'CONFIG_NO_SUCH="%0100000d"' 0)"
	stops 'a very long line' "@:$at: CONFIG_NO_SUCH=\"0*\\.\\.\\.: got nothing"
	with CONFIG_USR_BUSYBOX=y "$(printf 'CONFIG_USR_BUSYBOX_PATH="/x\ty"')" CONFIG_USR_BUSYBOX=n
	stops 'a tab in a string that is lost' "@:$((at + 1)): CONFIG_USR_BUSYBOX_PATH=\"/x\\?y\": got n~    unmet: USR_BUSYBOX \\[=n\\]"
	with CONFIG_QEMU_MEMORY=300 CONFIG_QEMU_MEMORY=301
	told 'an option that stands there twice' "@:$at: CONFIG_QEMU_MEMORY=300, replaced: @:$((at + 1)) says 301~"
	ok '... the last one counts' grep -qx CONFIG_QEMU_MEMORY=301 "$c"
	with 'CONFIG_QEMU_MEMORY=302  '
	ok 'blanks at the end of a line do no harm' mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	ok '... to the setting' grep -qx CONFIG_QEMU_MEMORY=302 "$c"
}

lost() {
	with CONFIG_NO_SUCH=y
	stops 'an option that is unknown' "@:$at: CONFIG_NO_SUCH=y: got nothing~    this version of bzinit has no such option~"
	with CONFIG_USR_BUSYBX=y
	stops 'a misspelt one' "@:$at: CONFIG_USR_BUSYBX=y: .*did you mean USR_BUSYBOX\\?~"
	with '# CONFIG_NO_SUCH is not set'
	told 'an unknown one that is off' "@:$at: warning: CONFIG_NO_SUCH=n: got nothing~"
	with CONFIG_FRAGMENT_BUTTON=y
	off FRAGMENT_PSEUDOFS
	stops 'an unmet dependency' "@:$at: CONFIG_FRAGMENT_BUTTON=y: got n~    unmet: FRAGMENT_PSEUDOFS \\[=n\\]~"
	with '# CONFIG_FRAGMENT_ACPI is not set'
	stops 'an option that another one selects' "@:$at: CONFIG_FRAGMENT_ACPI=n: got y~    selected by: FRAGMENT_"
	with CONFIG_INIT_HELLO=y
	stops 'two of a choice' "@:$(line_of INIT_SUPERVISOR): CONFIG_INIT_SUPERVISOR=y: got n~    only one of a choice can be on: INIT_HELLO is~"
	with
	off INIT_SUPERVISOR
	stops 'none of a choice' "@:$(line_of INIT_SUPERVISOR): CONFIG_INIT_SUPERVISOR=n: got y~    it is the default of a choice"
	with 'CONFIG_INIT_HOSTNAME="pupil"' CONFIG_INIT_HELLO=y
	off INIT_SUPERVISOR
	stops 'a string that is lost with its option' "@:$at: CONFIG_INIT_HOSTNAME=\"pupil\": got n~    unmet: INIT_SUPERVISOR \\[=n\\]~"
	with CONFIG_INIT_HELLO=y
	off INIT_SUPERVISOR
	ok "$name: defaults that go with their option are not missed" mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	unlike '...' "$(cat "$log")" HOSTNAME
	with CONFIG_INIT_BINARY=y
	off INIT_SUPERVISOR
	ok '... nor is that of a choice' mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	with CONFIG_INIT_BINARY=y CONFIG_INIT_LIBC_GLIBC=y
	off INIT_SUPERVISOR
	off INIT_LIBC_NOLIBC
	stops 'another one of that choice' "@:$((at + 1)): CONFIG_INIT_LIBC_GLIBC=y: got n~    unmet: !INIT_BINARY \\[=y\\]~"
	with 'CONFIG_KERNEL_VERSION="6.99"'
	told 'a value that is computed' "@:$at: warning: CONFIG_KERNEL_VERSION=\"6.99\": got .*unmet: KERNEL_ORG_OTHER"
}

# olddefconfig mends all of it, and says so.
mends() {
	with 'hello world' CONFIG_NO_SUCH=y CONFIG_QEMU_MEMORY=4 CONFIG_QEMU_CPUS=2
	cp "$c" "$tmp/before"
	ok "$name: olddefconfig goes on" mk_or_log O="$o" KERNEL_SRC="$tree" olddefconfig
	for said in "$at: neither" "$((at + 1)): CONFIG_NO_SUCH" "$((at + 2)): CONFIG_QEMU_MEMORY=4" 'bzinit: this goes on'; do
		like "... and says: $said" "$(cat "$log")" "$said"
	done
	ok '... what was right is kept' grep -qx CONFIG_QEMU_CPUS=2 "$c"
	ok '... the file before is, too' cmp "$c.old" "$tmp/before"
	ok '... then make goes on' mk_or_log O="$o" KERNEL_SRC="$tree" syncconfig
	is '... and says nothing' "$(cat "$log")" ''
}

inputs() {
	# A copy of the sources, with a defconfig that asks for what cannot be.
	mkdir "$tmp/copy"
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$tmp/copy"
	echo CONFIG_NO_SUCH=y >>"$tmp/copy/configs/hello_defconfig"
	with CONFIG_QEMU_CPUS=2
	mk O="$o" syncconfig
	cp "$c" "$tmp/before"
	not_ok_cmd 'a defconfig with a mistake is refused' mk -C "$tmp/copy" O="$o" hello_defconfig
	like '... with its place' "$(cat "$log")" '^configs/hello_defconfig:[0-9]*: CONFIG_NO_SUCH=y: got nothing'
	ok '... and .config is as it was' cmp "$c" "$tmp/before"
	printf 'CONFIG_USR_BUSYBOX=y\nCONFIG_QEMU_MEMORY=1\n' >"$tmp/all.config"
	for goal in allnoconfig randconfig; do
		KCONFIG_ALLCONFIG=$tmp/all.config mk O="$o" "$goal"
		is "so is a file for KCONFIG_ALLCONFIG: $goal" $? 2
		like '... with its place' "$(cat "$log")" "^$tmp/all.config:2: CONFIG_QEMU_MEMORY=1: got "
		ok '... and .config is as it was' cmp "$c" "$tmp/before"
	done
	sed -i 2d "$tmp/all.config"
	KCONFIG_ALLCONFIG=$tmp/all.config mk O="$o" allnoconfig
	is 'without its mistake it is taken' "$? $(grep BUSYBOX= "$c")" '0 CONFIG_USR_BUSYBOX=y'
	echo CONFIG_NO_SUCH=y >>"$c"
	not_ok_cmd 'savedefconfig saves nothing that would be lost' mk O="$o" savedefconfig
	like '... and says why' "$(cat "$log")" 'CONFIG_NO_SUCH=y: got nothing'
	with
	not_ok_cmd 'an option on the command line of make is refused' mk O="$o" CONFIG_USR_BUSYBOX=y syncconfig
	like '... with the remedy' "$(cat "$log")" 'CONFIG_USR_BUSYBOX= .*changes nothing: write it into'
	CONFIG_USR_BUSYBOX=y mk O="$o" initramfs
	unlike 'one of the environment reaches nothing' "$(cat "$o/usr/initramfs.list")" busybox
}

# --- the file itself -----------------------------------------------------------
file() {
	mk O="$o" syncconfig
	with 'CONFIG_INIT_HOSTNAME="pupil"'
	printf CONFIG_KERN >"$o/include/config/auto.conf"
	ok 'a .config is edited after a crash that cut auto.conf' mk_or_log O="$o" syncconfig
	ok '... which is mended' grep -q '^CONFIG_INIT_HOSTNAME = pupil' "$o/include/config/auto.conf"
	rm "$c"
	mkdir "$c"
	not_ok_cmd 'a directory is no .config' mk O="$o" syncconfig
	like '... in words' "$(cat "$log")" 'bzinit: .*/\.config is no regular file: move'
	rmdir "$c"
	ln -s gone "$c"
	not_ok_cmd 'nor is a link to nowhere' mk O="$o" olddefconfig
	like '... in words' "$(cat "$log")" 'bzinit: .*/\.config is a link to gone, which is not there: '
	rm "$c"
	mkdir "$tmp/mine"
	cp "$tmp/first" "$tmp/mine/my.config"
	echo CONFIG_QEMU_CPUS=3 >>"$tmp/mine/my.config"
	ln -s "$tmp/mine/my.config" "$c"
	ok 'a link to a file is taken' mk_or_log O="$o" syncconfig
	ok '... and stays a link' test -L "$c"
	is '... to a file that has been put in order' "$(grep -c QEMU_CPUS "$tmp/mine/my.config")" 1
	rm "$c"
}

# An edited .config may choose another kernel: the very same make takes it.
other_tree() {
	cp "$tmp/first" "$c"
	sed -i '/KERNEL_DEBIAN_6_1[2= ]/d; $aCONFIG_KERNEL_DEBIAN_6_1=y' "$c"
	ok 'another kernel is chosen by hand' mk_or_log O="$o" syncconfig
	like '... and is the one that is built' "$(readlink "$o/kernel-tree")" 'linux-source-6\.1_'
	cp "$tmp/first" "$c"
	ok 'and back' mk_or_log O="$o" syncconfig
}

tree=
number=0
for tree in ${KERNEL_SRC:+"$KERNEL_SRC"} "$cache"/linux-source-6.12_* "$cache"/linux-source-6.1_*; do
	[ -e "$tree/scripts/kconfig/Makefile" ] || continue
	number=$((number + 1))
	name=$(basename "$tree")
	ok "$name: there is a configuration" mk_or_log O="$o" KERNEL_SRC="$tree" tiny_defconfig
	cp "$c" "$tmp/first"
	for part in values lines lost mends; do group $part; done
done
unset KERNEL_SRC
mk O="$o" tiny_defconfig
cp "$c" "$tmp/first"
group inputs
group file
if [ -e /usr/src/linux-source-6.12.tar.xz ] && [ -e /usr/src/linux-source-6.1.tar.xz ]; then
	group other_tree
else
	skip 'another kernel is chosen by hand' 'no linux-source-6.1 and 6.12'
fi
done_testing
