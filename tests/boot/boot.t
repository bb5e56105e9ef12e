#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every configuration that we ship builds, boots, and ends with a verdict that
# comes from the host's side (run.json), on both Debian kernels, and tiny on the newest
# kernel that the machine has.

. tests/lib/build.sh

# boots NAME OUTCOME STATUS MAKE-ARGUMENTS...
boots() {
	_d=$1 _outcome=$2 _status=$3
	shift 3
	mk run O="$BUILD/$_d" TIMEOUT=120 "$@"
	is "$_d boots, ends with $_outcome $_status ($*)" \
		"$(verdict "$BUILD/$_d" outcome) $(verdict "$BUILD/$_d" status)" "$_outcome $_status" ||
		diag "$(tail -n 30 "$log")"
}

built tiny tiny_defconfig
boots tiny status 0 CMD='/sbin/poweroff --help'
is 'console= is on its command line once' \
	"$(grep -ao 'init: command line: .*' "$BUILD/tiny/console.log" | grep -o console= | wc -l)" 1
boots tiny status 0 CMD='/sbin/poweroff --help' MACHINE=microvm
boots tiny poweroff None CMD=/sbin/poweroff

boots tiny error None SHARE="$tmp"
like 'a kernel without 9p can share no directory' "$(cat "$log")" '^run-qemu: --share: .* has no CONFIG_9P_FS: '

built hello hello_defconfig
boots hello poweroff None
is 'hello says that it is process 1' "$(grep -c 'PID 1\|pid 1\|process 1' "$BUILD/hello/console.log")" 1

# monitor NAME COMMAND: in a terminal, Ctrl-A C, and then the monitor's COMMAND until that worked.
# Not before PID 1 is there: until then Ctrl-Alt-Del is the kernel's own, a hard reset.
monitor() {
	rm -f "$BUILD/$1/console.log"
	{
		_left=60
		until [ $_left = 0 ] || grep -q 'init: command line' "$BUILD/$1/console.log"; do
			_left=$((_left - 1))
			sleep 1
		done 2>/dev/null
		printf '\001c'
		for _try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
			sleep 2
			echo "$2" || return
		done 2>/dev/null
	} | script -qec "make run O='$BUILD/$1' TIMEOUT=60" /dev/null >"$log" 2>&1
}

built default defconfig
monitor default system_powerdown
is 'the power button is a request to power off' "$(verdict "$BUILD/default" outcome)" poweroff
like 'which is done in order' "$(cat "$BUILD/default/console.log")" 'init: powering off'
boots default status 0 CMD='true'
boots default status 42 CMD='sh -c "exit 42"'
boots default status 137 CMD="sh -c 'kill -9 \$\$\$\$'"
boots default status 0 CMD="sh -c 'test -e /proc/self/stat && test -e /sys/class/net/lo && test -c /dev/pts/ptmx'"
boots default status 127 CMD='/no/such/program'
boots default reboot None CMD=reboot
mkdir "$tmp/a, b"
echo text >"$tmp/a, b/c d"
# shellcheck disable=SC2016
boots default status 0 SHARE="$tmp/a, b" CMD='sh -c "grep -q ^text /share/c* && ! touch /share/new"'
boots default status 0 SHARE="$tmp/a, b,rw" CMD='sh -c "echo more >/share/new"'
is 'what the guest writes to a shared directory is there' "$(cat "$tmp/a, b/new")" more
boots default timeout None TIMEOUT=3 CMD='sleep 100'
# shellcheck disable=SC2016 # the guest's shell does the sum
echo 'echo three is $((1+2)); poweroff' | make run O="$BUILD/default" TIMEOUT=120 >"$log" 2>&1
is 'a shell on the console takes commands' "$(grep -c '^three is 3' "$BUILD/default/console.log")" 1
is 'and powers off' "$(verdict "$BUILD/default" outcome)" poweroff
order=$(grep -ao -e 'init: command line' -e '^BusyBox v' -e ' tsc: Refined' "$BUILD/default/console.log" | tr '\n' ,)
like 'nothing comes between the prompt and what is typed' "$order" '^( tsc: Refined,)?init: command line,( tsc: Refined,)?BusyBox v,$'
boot/run-qemu --build "$BUILD/default" --cmd 'sh -c "exit 7"' --timeout 120 >"$log" 2>&1 </dev/null
is 'the runner ends with the status of the workload' $? 7
boots default panic None APPEND='rdinit=/none init=/none'
# tests/tools/ has these on tiny, which has no virtio port.
ok 'make timeline replays a boot with a virtio port' mk_or_log timeline O="$BUILD/default"
ok 'and make handover' mk_or_log handover O="$BUILD/default"
ok 'make try boots the built kernel with a fresh archive' \
	mk_or_log try O="$BUILD/default" TIMEOUT=120 CMD='true'
is 'and says so' "$(verdict "$BUILD/default" status)" 0

if kernel=$(scripts/distro-kernel 2>/dev/null); then
	boots default panic None KERNEL="$kernel"
	boots default status 6 KERNEL="$kernel" INITRD=1 CMD='sh -c "exit 6"'
	like 'our PID 1 runs on the kernel of the distribution' \
		"$(cat "$BUILD/default/console.log")" '(^|\] )init: Linux [0-9.]+'
else
	skip 'the kernel of the distribution' 'there is none to be had'
fi

built guest guest_defconfig
boots guest status 0 CMD='true'
boots guest status 0 CMD='true' MACHINE=q35 CPUS=2
boots guest status 0 CMD='true' MACHINE=microvm

built pc pc_defconfig
monitor pc 'sendkey ctrl-alt-delete'
is 'Ctrl-Alt-Del is a request to restart' "$(verdict "$BUILD/pc" outcome)" reboot
like 'which is done in order, too' "$(cat "$BUILD/pc/console.log")" 'init: restarting the machine'
boots pc status 0 CMD='true'
if [ -e /usr/share/OVMF/OVMF_CODE_4M.fd ]; then
	boots pc status 0 CMD='sh -c "test -d /sys/firmware/efi"' UEFI=1
else
	skip 'pc boots through UEFI' 'no OVMF on this machine'
fi

# other_kernel VERSION SETTING...: tiny from another kernel tree builds and boots.
other_kernel() {
	_version=$1 _d=tiny-$1
	shift
	mk O="$BUILD/$_d" tiny_defconfig
	sed -i '/CONFIG_KERNEL_DEBIAN_\|CONFIG_KERNEL_ORG_\|CONFIG_KERNEL_TREE/d' "$BUILD/$_d/.config"
	printf '%s\n' "$@" >>"$BUILD/$_d/.config"
	ok "tiny builds with linux $_version" mk_or_log O="$BUILD/$_d" olddefconfig all
	boots "$_d" status 0 CMD='/sbin/poweroff --help'
	like "and it is $_version" "$(cat "$BUILD/$_d/console.log")" "Linux version $(echo "$_version" | sed 's/\./\\./g')[. ]"
}
if [ -e /usr/src/linux-source-6.1.tar.xz ]; then
	other_kernel 6.1 CONFIG_KERNEL_DEBIAN_6_1=y
else
	skip 'tiny with linux 6.1' 'no linux-source-6.1'
fi

# The newest tree that the machine has, fetched before or as a package. None is downloaded.
newest=$(for tree in "${XDG_CACHE_HOME:-$HOME/.cache}"/bzinit/linux-* /usr/src/linux-*; do
	case $tree in
	*.part) continue ;;
	*/linux-source-*.tar.xz) from=debian-${tree##*-source-} from=${from%.tar.xz} ;;
	*) from="dir $tree" ;;
	esac
	[ "$from" = "${from#dir}" ] || [ -e "$tree/Makefile" ] || continue
	version=$(echo "${tree##*/linux-}" | sed -n 's/^\(source-\)\{0,1\}\([0-9]*\.[0-9]*\).*/\2/p')
	echo "$version $from"
done | sort -V | tail -n 1)
version=${newest%% *}
case $version in
'' | [0-5].* | 6.? | 6.1[0-2])
	skip 'tiny with the newest linux' "no kernel tree newer than 6.12 in the cache or in /usr/src" ;;
*)
	# shellcheck disable=SC2086 # "dir PATH"
	other_kernel "$version" CONFIG_KERNEL_TREE=y "CONFIG_KERNEL_TREE_PATH=\"$(scripts/get-kernel ${newest#* })\"" ;;
esac
done_testing
