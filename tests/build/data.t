#!/bin/sh
# shellcheck disable=SC1003,SC2016,SC2041
# SPDX-License-Identifier: GPL-2.0-only
#
# The strings of a configuration are data: a .config is passed on from people to people,
# and no make and no shell may execute what stands in it. Each string option that our
# Kconfig has is given commands, which leave a mark if anything runs them.

. tests/lib/build.sh

o=$tmp/o
mark=$tmp/mark
ok 'there is a configuration' mk_or_log O="$o" tiny_defconfig initramfs
cp "$o/.config" "$tmp/tiny"

# conf OPTIONS: kconfig itself, on the configuration $tmp/config.
conf() {
	(cd "$o" && srctree=$src ARCH=x86_64 KCONFIG_CONFIG="$tmp/config" \
		kconfig/scripts/kconfig/conf -s "$@" Kconfig) >"$tmp/conf.log" 2>&1
}

# Every string option shows in some random configuration.
for seed in $(seq 40); do
	KCONFIG_SEED=$seed conf --randconfig
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)="\(.*\)"$/\1/p' "$tmp/config"
done | sort -u >"$tmp/options"
ok 'there are ten string options or more' test "$(wc -l <"$tmp/options")" -ge 10

# What a string option may depend on; the first of these that shows it is its base.
bases='
CONFIG_INIT_SUPERVISOR=y
CONFIG_KERNEL_TREE=y
CONFIG_KERNEL_ORG_OTHER=y
CONFIG_INIT_SOURCE=y
CONFIG_INIT_BINARY=y
CONFIG_USR_BUSYBOX=y'

# set_string OPTION VALUE: a configuration in which OPTION has that value; a kernel tree
# need not be fetched for it.
set_string() {
	for base in $bases; do
		{ cat "$tmp/tiny"; echo "$base"; printf '%s="%s"\n' "$1" "$2"; } >"$tmp/config"
		conf --olddefconfig
		! grep -qxF "$1=\"$2\"" "$tmp/config" || return 0
	done
	return 1
}

tried=0
while read -r option; do
	# A value that is computed has no prompt, so nobody can set it.
	set_string "$option" word || { diag "$option cannot be set"; continue; }
	tried=$((tried + 1))
	for value in '`>MARK`' '$(shell >MARK)' "';>MARK;'" '\";>MARK;\"' '/x;>MARK' 'x\\'; do
		value=$(printf '%s\n' "$value" | sed "s,MARK,$mark,g")
		set_string "$option" "$value" || { result 1 "$option can be set to $value"; continue; }
		cp "$tmp/config" "$o/.config"
		DEBIAN_SRC_DIR=${DEBIAN_SRC_DIR-/usr/src} KERNEL_MIRROR=http://127.0.0.1:9 mk O="$o" initramfs
		ok "$option=\"$(printf '%s' "$value" | sed "s,$tmp,TMP,g")\" runs nothing" test ! -e "$mark"
		rm -f "$mark"
	done
done <"$tmp/options"
ok 'that were eight options or more' test "$tried" -ge 8

# --- names of files ------------------------------------------------------------
cp "$tmp/tiny" "$o/.config"
mkdir -p "$tmp/over"
for name in '`>mark`' '$(shell >mark)' '$(>mark)' "';>mark;'" '";>mark;"' 'x;>mark' 'x|>mark' 'x: y' 'a=b' 'a\' '#' '%' 'x!=>mark'; do
	case $name in *' '*) continue ;; esac		# refused, in another test
	echo data >"$tmp/over/$name"
done
sed -i "s,^CONFIG_USR_OVERLAYS=.*,CONFIG_USR_OVERLAYS=\"$tmp/over\"," "$o/.config"
ok 'an overlay with such names of files is built' mk_or_log O="$o" initramfs
ok 'and again' mk_or_log O="$o" initramfs
is 'all of them are in the archive' "$(cpio -t --quiet <"$o/initramfs.cpio" | grep -cF mark)" \
	"$(find "$tmp/over" -name '*mark*' | wc -l)"
is 'nothing was run' "$(find "$tmp" "$o" . -maxdepth 2 -name mark | head -n 3)" ''

# --- what the kernel is told -----------------------------------------------------
built tiny tiny_defconfig
b=$BUILD/tiny
cp "$b/.config" "$tmp/kept"
for value in 'console=ttyS0 a=`>MARK` b=$(shell >MARK) c=;>MARK;'; do
	value=$(printf '%s\n' "$value" | sed "s,MARK,$mark,g")
	sed '/^CONFIG_KERNEL_CMDLINE=/d' "$tmp/kept" >"$b/.config"
	printf 'CONFIG_KERNEL_CMDLINE="%s"\n' "$value" >>"$b/.config"
	ok 'a command line with such words is built' mk_or_log O="$b"
	ok 'it is in the kernel as it is' grep -aqF "$value" "$b/linux/vmlinux"
	ok 'and runs nothing' test ! -e "$mark"
done
echo 'CONFIG_DEFAULT_HOSTNAME="x$(shell >'"$mark"')"' >"$tmp/evil.config"
cp "$tmp/kept" "$b/.config"
sed -i "s,^CONFIG_KERNEL_EXTRA_FRAGMENTS=.*,CONFIG_KERNEL_EXTRA_FRAGMENTS=\"$tmp/evil.config\"," "$b/.config"
not_ok_cmd 'a fragment that the kernel'"'"'s make would execute is refused' mk O="$b"
like 'in a line with its place' "$(cat "$log")" 'evil\.config:1: CONFIG_DEFAULT_HOSTNAME.*take it out'
ok 'and nothing was run' test ! -e "$mark"
cp "$tmp/kept" "$b/.config"
sed -i '/^CONFIG_KERNEL_CMDLINE=/d; /^CONFIG_KERNEL_EXTRA_FRAGMENTS=/d' "$b/.config"
printf 'CONFIG_KERNEL_CMDLINE="%02048d"\n' 0 >>"$b/.config"
not_ok_cmd 'a command line of 2,048 bytes is refused' mk O="$b"
like 'in one line' "$(cat "$log")" '^bzinit: the command line has 2048 bytes and the kernel takes 2047'
cp "$tmp/kept" "$b/.config"
for epoch in garbage -1 -n '' 4294967296 '1;>MARK' '$(shell >MARK)'; do
	epoch=$(printf '%s\n' "$epoch" | sed "s,MARK,$mark,g")
	mk O="$b" SOURCE_DATE_EPOCH="$epoch"
	rc=$?
	is "SOURCE_DATE_EPOCH=$(printf '%s' "$epoch" | sed "s,$tmp,TMP,g") is refused in one line" "$rc $(wc -l <"$log")" '2 1'
	ok '... and runs nothing' test ! -e "$mark"
done
ok 'back to the first configuration' mk_or_log O="$b"

# A program of the user that needs more than nolibc has.
echo '#include <sys/socket.h>' >"$tmp/own.c"
set_string CONFIG_INIT_SOURCE_PATH "$tmp/own.c"
cp "$tmp/config" "$o/.config"
mk O="$o" initramfs
like 'a C file that nolibc cannot serve: other libraries are named' "$(cat "$log")" \
	'^bzinit: nolibc has no sockets.* INIT_LIBC_MUSL or INIT_LIBC_GLIBC'
echo 'int main(void) { return 0; }' >"$tmp/own.c"
ok 'and one that it can serve is compiled' mk_or_log O="$o" initramfs
unlike 'without a word about that' "$(cat "$log")" nolibc
done_testing
