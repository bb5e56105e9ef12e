#!/bin/sh
# shellcheck disable=SC2016,SC2034,SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine ends as it should when something around it does not work: there is
# no console, or its output is not read; PID 1 hangs; a disk is written to until
# the last moment. The verdict is QEMU's exit status and files of the host.

. tests/lib/build.sh

PATH=$PATH:/usr/sbin:/sbin
built guest guest_defconfig

# machine SECONDS SED WORDS CMD DEVICE...: run the runner's own QEMU command, changed by
# the script SED, with DEVICEs added; RUNNER: options of the runner. Sets rc (124 is a
# time-out) and writes $tmp/status.
machine() {
	_seconds=$1 _sed=$2 _words=$3 _cmd=$4
	shift 4
	rm -f "$tmp/status"
	# shellcheck disable=SC2086 # words
	_line=$(boot/run-qemu --build "$BUILD/guest" ${RUNNER-} --append "$_words" --cmd "$_cmd" --print |
		sed "s:-chardev null,id=status:-chardev 'file,id=status,path=$tmp/status':; $_sed")
	eval "timeout $_seconds $_line \"\$@\"" >"$log" 2>&1 </dev/null
	rc=$?
}
told() { tr '\n' ' ' <"$tmp/status"; }

# wrong FILE SED: an init with that change, which shows that a case can fail.
# with_wrong MACHINE...: with that one.
wrong() {
	rm -rf "$tmp/wrong" "$tmp/objects"
	cp -R init-src "$tmp/wrong"
	sed "$2" "init-src/$1" >"$tmp/wrong/$1"
	src=$tmp/wrong
	! cmp -s "init-src/$1" "$tmp/wrong/$1" &&
		compile_programs "${CC:-gcc} -w" "$tmp/objects" init &&
		(cd "$tmp/objects" && echo init | cpio -o -H newc >"$tmp/wrong/initrd" 2>/dev/null)
}
with_wrong() {
	RUNNER="--initrd $tmp/wrong/initrd"
	"$@"
	RUNNER=
}

for status in 0 5 127; do
	machine 60 '' 'init.status=isa-debug-exit' "sh -c 'exit $status'" \
		-device isa-debug-exit,iobase=0x501,iosize=2
	is "isa-debug-exit gets status $status" $rc $((status * 2 + 1)) || diag "$(tail -n 5 "$log")"
done
machine 60 '' 'init.status=isa-debug-exit:0xf4' "sh -c 'exit 3'" \
	-device isa-debug-exit,iobase=0xf4,iosize=1
is 'at another port, too' $rc 7

# No init.status= names it, and there is no other channel: it is found at its default
# port, but not looked for on a machine that may be a real PC, or if another is named.
unnamed() {
	machine 60 's/ -device virtserialport[^ ]*//; s/init.status=ttyS1 //' '' "sh -c 'exit 3'" "$@"
}
device='-device isa-debug-exit,iobase=0x501,iosize=2'
# shellcheck disable=SC2086 # words
{
	found() { unnamed $device; }
	on_pc() { unnamed $device -cpu max,-hypervisor; }
	terminal() { machine 60 's/ -device virtserialport[^ ]*//' '' "sh -c 'exit 3'" $device; }
	port() { machine 60 's/init.status=ttyS1 //' '' "sh -c 'exit 3'" $device; }
}
found
is 'isa-debug-exit is found' $rc 7
unnamed
is '... if it is there' $rc 0
on_pc
is '... but not looked for on a real PC' $rc 0
terminal
is '... or when a terminal was named' $rc 0
port
is '... or when there is a port' "$(told)$rc" 'status 3 poweroff 0'
ok 'an init that always looks for it compiles' wrong channel.c \
	's/ || (!named && channel >= 0)//; s/words_index(entries, "hypervisor") < 0/0/'
with_wrong on_pc
is '... on a PC' $rc 7
with_wrong terminal
is '... beside a terminal' $rc 7
with_wrong port
# This exit of QEMU may come before it has passed on the last line of the port.
like '... beside a port' "$(told)$rc" '^status 3 (poweroff )?7$'
ok 'an init that waits to be told compiles' wrong channel.c 's/(!named && channel >= 0)/!named/'
with_wrong found
is '... finds nothing' $rc 0

# A machine whose clock has no battery.
no_battery() {
	machine 60 '' '' 'sh -c "[ $(cat /sys/class/net/lo/flags) = 0x9 ] || exit 11
		[ $(date +%Y) -ge 2026 ] || exit 12; exit 5"' -rtc base=2001-01-01
}
no_battery
is 'the loopback device is up, and it is not 2001' "$(told)$rc" 'status 5 poweroff 0'
ok 'an init that leaves the clock alone compiles' wrong machine.c 's/^\tclock_check();//'
with_wrong no_battery
is 'where it is' "$(told)$rc" 'status 12 poweroff 0'

# There is no /dev/console in the archive: a link to nothing replaces ours. The
# kernel cannot open it, and PID 1 starts without fds 0-2. What it opens next must not
# become one of them; once devtmpfs is there, they are the console.
mkdir -p "$tmp/absent/dev"
ln -s absent "$tmp/absent/dev/console"
(cd "$tmp/absent" && echo dev/console | cpio -o -H newc >"$tmp/archive" 2>/dev/null)
absent_console() {
	RUNNER="--initrd $tmp/archive"
	machine 60 '' '' 'sh -c "echo said; [ -e /proc/self/fd/2 ] || exit 11
		for n in 0 1 2; do [ $(readlink /proc/1/fd/$n) = /dev/console ] || exit 12; done; exit 3"'
	RUNNER=
}
absent_console
is 'no /dev/console: the workload runs, the console is found' "$(told)$rc" 'status 3 poweroff 0'
like 'which the kernel did not find' "$(cat "$log")" 'unable to open an initial console'
ok 'an init that takes the console for granted compiles' wrong console.c \
	's/^void console_\(open\|settle\)(void)$/void console_\1(void) { }\nvoid not_\1(void)/'
cat "$tmp/wrong/initrd" >>"$tmp/archive"
absent_console
unlike 'which has nothing to give, or other files' "$(told)$rc" 'status 3'

# console= names nothing that is there: the same. (Our own kernels have a console built in.)
unknown_console() {
	machine 120 "s/console=ttyS0/console=ttyX9/; s:-chardev null,id=uart:-chardev 'file,id=uart,path=$tmp/status':" '' \
		'sh -c "echo said; [ -e /proc/self/fd/2 ] || exit 11
			for n in 0 1 2; do case $(readlink /proc/1/fd/$n) in
			/dev/console | /dev/ttyS* | /dev/kmsg | /dev/null) ;; *) exit 12 ;; esac; done; exit 3"'
}
if kernel=$(scripts/distro-kernel 2>/dev/null); then
	mk initramfs O="$BUILD/guest"
	cp "$BUILD/guest/initramfs.cpio" "$tmp/archive"
	RUNNER="--kernel $kernel --initrd $tmp/archive"
	unknown_console
	is 'console= names nothing: the workload runs' "$(told)$rc" 'status 3 poweroff 0'
	cat "$tmp/wrong/initrd" >>"$tmp/archive"
	unknown_console
	unlike 'which that init cannot do either' "$(told)$rc" 'status 3'
	RUNNER=
else
	skip 'console= names nothing' 'no kernel of the distribution'
fi

# The other end of the console is open and never read: first the socket is full, then
# the UART, then the kernel's buffer, and a process that writes there sleeps. (The end
# of a session would empty the buffer, so the workload waits for its own.)
cat >"$tmp/deaf.py" <<'END'
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
while True:
    try:
        s.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.05)
time.sleep(600)
END
deaf_console() {
	python3 "$tmp/deaf.py" "$tmp/socket" &
	machine "$1" "s:-chardev stdio,id=console,mux=on,signal=off:-chardev socket,id=console,path=$tmp/socket,server=on:; s:-mon chardev=console,mode=readline::" \
		quiet 'sh -c "(trap : TERM HUP; while :; do cat /proc/kallsyms; done) & sleep 4; kill -HUP 1; sleep 1; kill -USR2 1; sleep 100"'
	kill $!
}
deaf_console 90
is 'a console that nobody reads does not hold the end up' "$(told)$rc" 'poweroff 0'
ok 'an init that waits for its console compiles' wrong lib/log.c 's/O_WRONLY | O_NONBLOCK | O_NOCTTY/O_WRONLY | O_NOCTTY/'
with_wrong deaf_console 30
is 'which stands still there' "$rc" 124

# Limits of a service, of the machine and then of a container in it, whose groups are not
# the root of all: there PID 1 has to leave the group that gets controllers. The first
# "poweroff" is that of the container.
mkdir -p "$tmp/limits/etc/bzinit.d"
printf '%s\n' 'command=sh /limited' 'action=once' 'memory.max=16M' 'pids.max=9' 'cpu.max=50000 100000' \
	>"$tmp/limits/etc/bzinit.d/limited.conf"
printf '%s\n' 'command=sh -c "[ ! -e /sys/fs/cgroup/memory.max ] || { sleep 3; poweroff; }"' 'action=once' \
	>"$tmp/limits/etc/bzinit.d/zend.conf"
cat >"$tmp/limits/limited" <<'END'
g=/sys/fs/cgroup/services/limited.service
dd if=/dev/zero of=/dev/null bs=64M count=1
echo $? $(cat $g/memory.max $g/pids.max $g/cpu.max) >/run/limited
END
cat >"$tmp/limits/check" <<'END'
same() {
	n=0
	until [ -s /run/limited ] || [ $n = 50 ]; do n=$((n + 1)); sleep 0.1; done
	cat /run/limited
	[ "$(cat /run/limited)" = '137 16777216 9 50000 100000' ]
}
same || exit 11
rm /run/limited
mkdir /sys/fs/cgroup/box
echo +memory +pids +cpu >/sys/fs/cgroup/cgroup.subtree_control || exit 12
unshare -m -p -f sh -c "mount --bind /sys/fs/cgroup/box /sys/fs/cgroup; mount -t proc proc /proc
	mount --bind /dev/null /proc/cmdline
	echo \$\$ >/sys/fs/cgroup/cgroup.procs; exec /init"
same || exit 13
exit 3
END
(cd "$tmp/limits" && find . | cpio -o -H newc >"$tmp/limits.cpio" 2>/dev/null)
limits() {
	cp "$tmp/limits.cpio" "$tmp/archive"
	[ -z "${1-}" ] || cat "$1" >>"$tmp/archive"
	RUNNER="--initrd $tmp/archive"
	machine 60 '' '' 'sh /check'
	RUNNER=
}
limits
is 'memory, processes and processor of a service are limited, in a container, too' "$(told)$rc" 'poweroff status 3 poweroff 0' ||
	diag "$(tail -n 12 "$log")"
ok 'an init that stays where its children are compiles' wrong cgroup.c 's/^\t\twrite_file(PID_1 .*//'
limits "$tmp/wrong/initrd"
is 'which cannot limit them there' "$(told)$rc" 'poweroff status 13 poweroff 0'

# PID 1 is frozen with its own cgroup: all others go on.
freeze='sh -c "mkdir /sys/fs/cgroup/ice; echo 1 >/sys/fs/cgroup/ice/cgroup.procs; echo 1 >/sys/fs/cgroup/ice/cgroup.freeze; sleep 100"'
machine 60 '' 'init.watchdog=5' "$freeze" -device i6300esb
is 'a PID 1 that hangs: the watchdog resets the machine' $rc 0
like 'without another word' "$(told)" '^$'
machine 15 '' '' "$freeze" -device i6300esb
is 'which without it would hang' $rc 124
machine 60 '' 'init.watchdog=5' 'sleep 9' -device i6300esb
is 'a PID 1 that does not hang keeps it quiet' "$(told)$rc" 'status 0 poweroff 0'

# The same while the machine ends: whoever is told so freezes PID 1.
freeze="sh -c \"ice=/sys/fs/cgroup/ice; mkdir \$ice; echo 1 >\$ice/cgroup.procs
	trap 'echo 1 >\$ice/cgroup.freeze; sleep 100' TERM; trap '' HUP; poweroff; while :; do sleep 0.1; done\""
machine 60 '' 'init.watchdog=5 init.deadline=5' "$freeze" -device i6300esb
is 'the watchdog stays armed through the shutdown' "$(told)$rc" 0
machine 15 '' 'init.deadline=5' "$freeze" -device i6300esb
is 'and without it nobody would help' "$(told)$rc" 124

# PID 1 itself is at fault.
ok 'a faulty init compiles' wrong init.c 's/^\tSTEP(services_prepare, failed);/\t*(volatile int *)8 = 1;\n&/'
mk run O="$BUILD/guest" TIMEOUT=60 INITRD="$tmp/wrong/initrd"
is 'a fault in PID 1 is a panic' "$(verdict "$BUILD/guest" outcome)" panic
like 'which says where' "$(cat "$BUILD/guest/console.log")" 'init: process 1 has crashed: signal 11 at address 0x8, instruction 0x'
mk run O="$BUILD/guest" TIMEOUT=60 INITRD="$tmp/wrong/initrd" APPEND=init.crash=reboot
is 'or a restart' "$(verdict "$BUILD/guest" outcome)" reboot

# kexec: another kernel, which has a PID 1 and a workload of its own.
mkdir "$tmp/kernels"
cp "$BUILD/guest/bzImage" "$tmp/kernels/kernel"
mke2fs -q -F -t ext4 -d "$tmp/kernels" "$tmp/disk" 16m >"$log" 2>&1
cat >"$tmp/script" <<'END'
mkdir /mnt; mount -t ext4 /dev/vda /mnt || exit 11
kexec /mnt/none && exit 12
kexec -l /bin/busybox && exit 13
[ "$(cat /sys/kernel/kexec_loaded)" = 0 ] || exit 14
kexec && exit 15
kexec -l /mnt/kernel --append="console=ttyS0 panic=-1 \"init.run=sh -c 'exit 9'\"" || exit 16
[ "$(cat /sys/kernel/kexec_loaded)" = 1 ] || exit 17
kexec; sleep 60
END
debugfs -w -R "write $tmp/script script" "$tmp/disk" >"$log" 2>&1
mk run O="$BUILD/guest" TIMEOUT=90 DRIVE="$tmp/disk" CMD='sh -c "mkdir /s; mount /dev/vda /s; cp /s/script /; umount /s; sh /script"'
is 'kexec: the next kernel runs, and its workload ends with 9' "$(verdict "$BUILD/guest" status)" 9 ||
	diag "$(tail -n 12 "$log")"
like 'after an unmount' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" 'Filesystem state: *clean'
unlike 'that left no journal' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" 'needs_recovery'

mk run O="$BUILD/guest" TIMEOUT=60 MACHINE=q35 CMD='sh -c "[ -d /sys/class/watchdog/watchdog0 ] && exit 6"'
is 'the watchdog of a chipset is found, too' "$(verdict "$BUILD/guest" status)" 6

# busy_disk MAKE-ARGUMENT...
busy_disk() {
	truncate -s 32m "$tmp/disk"
	mke2fs -q -F -t ext4 "$tmp/disk" >"$log" 2>&1
	mk run O="$BUILD/guest" TIMEOUT=90 DRIVE="$tmp/disk" "$@" CMD='sh -c "
		mkdir /mnt; mount -t ext4 /dev/vda /mnt || exit 1
		(trap : TERM; cd /mnt; while :; do echo line >>log; done) &
		sleep 1; cat /bin/busybox >/mnt/whole; exit 4"'
}
busy_disk
is 'a disk that is written to until the end' "$(verdict "$BUILD/guest" status)" 4
ok 'is clean' e2fsck -fn "$tmp/disk"
like 'was unmounted' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" 'Filesystem state: *clean'
unlike 'has nothing left in its journal' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" 'needs_recovery'
debugfs -R "dump /whole $tmp/whole" "$tmp/disk" >"$log" 2>&1
ok 'and has all that was written' cmp "$tmp/whole" "$(command -v busybox)"
ok 'an init that does not unmount compiles' wrong shutdown.c 's/^\tmounts_undo();$//'
busy_disk INITRD="$tmp/wrong/initrd"
like 'which leaves a journal' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" 'needs_recovery'
done_testing
