#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# PID 1 in a PID namespace of this machine (tests/init/init-lib.sh).
#
#   INIT=FILE      also run the cases against this init, as make built it
#   INIT_SRC=DIR   sources to compile instead of init-src (to see a case fail)
# shellcheck disable=SC2016 # what is in single quotes runs in the namespace
# shellcheck source-path=SCRIPTDIR/../..
# shellcheck disable=SC2154,SC2317 # tmp is set by lib.sh, functions are called by ok
. tests/init/init-lib.sh

handover() {
	WORDS='colour=blue' ARGS='one two'
	boot 'console=ttyS9,9600 root=/dev/none colour=blue' 'cat /proc/sys/kernel/hostname; kill -USR2 1'
	is "$1: ends by power-off" "$rc" 130
	like "$1: kernel, age and pid are shown" "$out" \
		"^init: Linux $(uname -r) on .*, up for [0-9]+ ms; this is process 1\$"
	like "$1: the command line is shown" "$out" '^init: command line: console=ttyS9,9600 root=/dev/none'
	like "$1: arguments left for init" "$out" '^init: arguments for init: one two$'
	like "$1: environment left for init, and no more" "$out" '^init: environment for init: colour=blue$'
	unlike "$1: all mounts but the machine's own succeed" "$out" 'cannot mount (proc|tmpfs)'
	[ -z "${own_host_name-}" ] || like "$1: host name is set" "$out" '^testhost$'
}

mounts() {
	boot "$status" 'cat /proc/mounts; /bin/busybox stat -c "mode %a" /dev/shm; kill -USR2 1'
	like "$1: terminals are 0620, octal" "$out" '^devpts /dev/pts devpts rw,nosuid,noexec,.*mode=620,ptmxmode=666'
	like "$1: nothing can be executed in /dev/shm" "$out" '^tmpfs /dev/shm tmpfs rw,nosuid,nodev,noexec'
	like "$1: which is open to all" "$out" '^mode 1777$'
}

quiet() {
	boot 'a=1 quiet b' 'kill -USR2 1'
	unlike "$1: quiet is quiet" "$out" 'command line|Linux|arguments'
}

# kept NUMBERS WORDS [SHELL]: kernel.printk's level after a shell has started.
kept() {
	LEVELS=$1
	boot "$status $2" "${3-kill -USR2 1}"
	cut -f 1 "$tmp/printk"
}
loglevel() {
	is "$1: a shell gets a console with errors only" "$(kept '7 4 1 7' '')" 4
	is "$1: ... and not with more than before" "$(kept '3 4 1 3' '')" 3
	is "$1: ... unless a script has chosen a level" "$(kept '6 4 1 7' '')" 6
	is "$1: ... or somebody, with debug" "$(kept '10 4 1 7' debug)" 10
	is "$1: ... with loglevel=" "$(kept '7 4 1 7' loglevel=7)" 7
	is "$1: ... with ignore_loglevel" "$(kept '7 4 1 7' ignore_loglevel)" 7
	is "$1: a workload gets all of it" "$(kept '7 4 1 7' init.run=true)" 7
	is "$1: the next shell gets what the first one chose" \
		"$(kept '7 4 1 7' '' '[ -e /run/again ] && kill -USR2 1 && sleep 9; : >/run/again; echo 7.4.1.7 >/proc/sys/kernel/printk')" 7.4.1.7
}

child() {
	WORDS='TERM=xterm'
	boot "$status" 'env; echo umask $(umask); cat /proc/self/status; ls /proc/$$/fd; kill -USR2 1'
	like "$1: a given TERM is kept" "$out" '^TERM=xterm$'
	like "$1: PATH is set" "$out" '^PATH=/bin:/sbin:/usr/bin:/usr/sbin$'
	like "$1: no signal is blocked in a child" "$out" '^SigBlk:[[:space:]]0+$'
	like "$1: umask is 022" "$out" '^umask 0022$'
}

# As an earlier init may start it: with a file open, elsewhere, and with another umask.
inherited() {
	mv "$root/init" "$root/next"
	printf '#!/bin/ash\ncd /etc\numask 077\nexec /next 9</etc/passwd\n' >"$root/init"
	chmod 755 "$root/init"
	look='b=/bin/busybox; echo cwd $($b readlink /proc/1/cwd)
		for f in /proc/1/fd/* /proc/$$/fd/*; do $b readlink $f; done | grep -c passwd; umask; kill -USR2 1'
	boot "$status" "$look"
	is "$1: lets go of what an earlier init has left" "$(printf '%s\n' "$out" | head -n 3 | tr '\n' ,)" 'cwd /,0,0022,'
	if command -v strace >/dev/null; then
		WRAP="$(command -v strace) -D -o $tmp/strace -e trace=close_range -e inject=close_range:error=ENOSYS"
		boot "$status" "$look"
		is "$1: ... on a kernel without close_range(2), too" \
			"$(grep -c INJECTED "$tmp/strace") $(printf '%s\n' "$out" | head -n 3 | tr '\n' ,)" '1 cwd /,0,0022,'
	else
		skip "$1: ... on a kernel without close_range(2), too" "no strace"
	fi
	mv "$root/next" "$root/init"
}

host_name() {
	printf 'box\r\n' >"$root/etc/hostname"
	boot "$status" 'cat /proc/sys/kernel/hostname; kill -USR2 1'
	like "$1: the line of /etc/hostname may end in CR LF" "$out" '^box$'
	rm "$root/etc/hostname"
}

statuses() {
	for n in 0 1 42 126 127 128 254 255; do
		boot "$status \"init.run=ash -c 'exit $n'\""
		is "$1: status $n" "$rc $channel" "130 status $n,poweroff,"
	done
}

deaths() {
	for n in 1 6 9 11 15; do
		boot "$status \"init.run=ash -c 'kill -$n \$\$'\""
		is "$1: death by signal $n" "$channel" "status $((128 + n)),poweroff,"
	done
}

commands() {
	boot "$status \"init.run=ash -c '(true & true &); sleep 0.2; exit 4'\""
	is "$1: the workload's status, not an orphan's" "$channel" 'status 4,poweroff,'
	boot "$status init.run=nonesuch"
	is "$1: a command that is not there" "$channel" 'status 127,poweroff,'
	like "$1: ... is said to be missing" "$out" '^init: cannot run nonesuch: it is not in this image$'
	for n in 'no-program not a program that' 'not-executable permission denied'; do
		boot "$status init.run=/bin/${n%% *}"
		is "$1: a file that is ${n%% *}" "$channel" 'status 126,poweroff,'
		like "$1: ... is said to be so: ${n#* }" "$out" "^init: cannot run /bin/${n%% *}: ${n#* }"
	done
	boot "$status init.run=no-interpreter"
	is "$1: an interpreter that is not there" "$channel" 'status 127,poweroff,'
	like "$1: ... is what is missing" "$out" 'cannot run no-interpreter: the loader or interpreter that it asks for is not there'
}

words() {
	boot "$status init.run=\"ash -c \\x22echo a\\x20b \\x5c\\x27c \\\\\\\\$\\x22\""
	like "$1: escapes and quotes of init.run" "$out" "^a b 'c \\\\[\$]\$"
	for n in '\q' '\x0' '\x00' "'open"; do
		boot "$status init.run=\"true $n\""
		is "$1: init.run that cannot be read: $n" "$channel" 'status 127,poweroff,'
	done
}

options() {
	boot "$status init.run=false init.run=true"
	is "$1: the last of two wins" "$channel" 'status 0,poweroff,'
	boot 'init.run=true'
	is "$1: no channel, no record" "$rc $channel" '130 '
	ARGS='init.run=true init.status=ttyS1'
	boot quiet
	is "$1: options as arguments, for a kernel without /proc" "$channel" 'status 0,poweroff,'
	boot "$status \"init.run=ash -c 'kill -TERM 1; sleep 9'\""
	is "$1: a workload cut short has no status" "$rc $channel" '129 reboot,'
}

share() {
	boot "$status init.share=/mnt" '[ -d /mnt ] && kill -USR2 1'
	is "$1: a directory of the host that cannot be mounted holds nothing up" "$rc" 130
	like "$1: ... and is reported" "$out" "^init: cannot mount the host's directory on /mnt: "
	boot "$status" 'kill -USR2 1'
	unlike "$1: ... if it was asked for" "$out" 'cannot mount the host'
}

orphans() {
	boot "$status" 'i=0; while [ $i -lt 200 ]; do (true & true &); i=$((i + 1)); done
		sleep 0.3; cat /proc/[0-9]*/status >/run/all; echo zombies $(grep -c "State:.Z" /run/all); kill -USR2 1'
	like "$1: 400 orphans leave no zombie" "$out" '^zombies 0$'
}

console() {
	boot "$status" 'echo x >>/run/count; [ $(wc -l </run/count) = 3 ] && kill -USR2 1 && sleep 9; exit 5'
	is "$1: a command that ends is started again" "$(printf '%s\n' "$out" | grep -c 'ended with status 5')" 2
	is "$1: ... until power-off" "$rc" 130
	LIMIT=2
	boot "$status"
	is "$1: no command: lives on" "$rc" 137
	like "$1: ... and says how to get one" "$out" 'cannot run /bin/sh: it is not in this image'
	is "$1: ... once" "$(printf '%s\n' "$out" | grep -c "cannot run")" 1
}

endings() {
	for n in 'TERM 129 reboot' 'INT 129 reboot' 'USR1 130 halt' 'USR2 130 poweroff' 'PWR 130 poweroff'; do
		# shellcheck disable=SC2086 # three words
		set -- "$1" $n
		boot "$status" "kill -$2 1; sleep 9"
		is "$1: SIG$2 is $4" "$rc $channel" "$3 $4,"
	done
	boot "$status" 'trap "" HUP; trap "kill -TERM 1; kill -USR1 1; exit" TERM; kill -USR2 1; while :; do sleep 0.1; done'
	is "$1: a second request changes nothing" "$rc $channel" '130 poweroff,'
}

programs() {
	for n in 'reboot 129 reboot' 'halt 130 halt' 'poweroff 130 poweroff'; do
		# shellcheck disable=SC2086
		set -- "$1" $n
		boot "$status" "trap '' TERM HUP; /sbin/$2; echo done \$?; kill -9 \$\$"
		is "$1: /sbin/$2" "$rc $channel" "$3 $4,"
		like "$1: /sbin/$2 says so with 0" "$out" '^done 0$'
		boot "$status" "/bin/busybox $2; sleep 9"
		is "$1: BusyBox's $2" "$rc $channel" "$3 $4,"
		boot "$status" "exec /sbin/$2 -f"
		is "$1: $2 -f asks nobody" "$rc $channel" "$3 "
	done
	boot "$status" '/sbin/halt --now; echo $? ; /sbin/halt --help; echo $?; kill -USR2 1'
	like "$1: an unknown option is named" "$out" "^halt: unknown option '--now', see halt --help"
	is "$1: statuses of wrong use and help" "$(printf '%s\n' "$out" | grep -x '[0-9]' | tr '\n' ' ')" '2 0 '
}

kexecs() {
	boot "$status" '/sbin/kexec -l; echo $?; /sbin/kexec --initrd=/x; echo $?; /sbin/kexec a b; echo $?
		/sbin/kexec /none; echo $?; /sbin/kexec --help; echo $?; kill -USR2 1'
	is "$1: kexec: statuses of wrong use, no such file, help" "$(printf '%s\n' "$out" | grep -x '[0-9]' | tr '\n' ' ')" '2 2 2 1 0 '
	like "$1: ... and the file is named" "$out" '^kexec: /none: no such file or directory$'
	boot "$status" '/sbin/kexec; sleep 9'
	is "$1: kexec with nothing loaded restarts the machine" "$rc $channel" '129 '
}

unmounts() {
	boot "$status" 'mkdir /run/a /tmp/b; mount -t tmpfs one /run/a; mkdir /run/a/c
		mount -t tmpfs two /run/a/c; mount -t tmpfs "three four" "/tmp/b"; cd /run/a; kill -USR2 1; sleep 9'
	is "$1: mounts within mounts do not hold it up" "$rc $channel" '130 poweroff,'
	unlike "$1: ... and none stays" "$out" 'stays mounted'
	if ! command -v strace >/dev/null; then
		skip "$1: the order of unmounting" "no strace"
		return
	fi
	OUTER="strace -f --seccomp-bpf -o $tmp/strace -e trace=umount2"
	boot "$status" 'mkdir /run/a "/run/b c"; mount -t tmpfs one /run/a; mkdir /run/a/c
		mount -t tmpfs two /run/a/c; mount -t tmpfs "three four" "/run/b c"; kill -USR2 1; sleep 9'
	is "$1: unmounts the last first, and names with blanks" \
		"$(sed -n 's/.*umount2("\(\/run[^"]*\)", 0) *= 0$/\1,/p' "$tmp/strace" | tr -d '\n')" \
		'/run/b c,/run/a/c,/run/a,'
}

unmounts_more() {
	boot "$status" 'd=/run; while [ ${#d} -lt 60 ]; do d=$d/m; mkdir $d; mount -t tmpfs $(printf %01000d 1) $d; done
		wc -c </proc/mounts; kill -USR2 1; sleep 9'
	unlike "$1: a long list of mounts is read to its end" "$out" 'stays mounted'
	if ! command -v strace >/dev/null; then
		skip "$1: a disk on /tmp" "no strace"
		return
	fi
	OUTER="strace -f --seccomp-bpf -o $tmp/strace -e trace=umount2"
	boot "$status" 'mount -t ramfs disk /tmp; mount -t ramfs disk /dev/shm; kill -USR2 1; sleep 9'
	is "$1: a disk on /tmp or /dev/shm is unmounted, and what it covers is not" \
		"$(sed -n 's/.*umount2("\(\/tmp\|\/dev\/shm\)", 0) *= 0$/\1,/p' "$tmp/strace" | tr -d '\n')" '/dev/shm,/tmp,'
	OUTER="strace -f -o $tmp/strace -P /run/a -e trace=umount2,mount"
	OUTER="$OUTER -e inject=umount2:error=EBUSY -e inject=mount:error=EROFS"
	boot "$status" 'mkdir /run/a; cd /run; mount -t tmpfs disk a; kill -USR2 1; sleep 9'
	like "$1: a file system that cannot be made read-only is named" "$out" \
		'^init: /run/a cannot be made read-only: read-only file system$'
}

processes() {
	boot "$status \"init.run=ash -c 'sleep 100 & (sleep 100; sleep 100) & exit 3'\""
	ok "$1: the grace ends with the last process" test "$seconds" -lt 4
	boot "$status" 'setsid ash -c "echo >/run/up; kill -STOP \$\$; sleep 100" &
		until [ -e /run/up ]; do sleep 0.1; done; sleep 0.2; kill -USR2 1; sleep 9'
	ok "$1: a stopped process does not hold it up" test "$seconds" -lt 4
	boot "$status" 'trap "" TERM; kill -USR2 1; while :; do sleep 1; done'
	ok "$1: a shell that ignores SIGTERM sees a hang-up" test "$seconds" -lt 4
}

ignorers() {
	boot "$status" 'trap "" TERM HUP; (trap "" TERM HUP; while :; do sleep 1; done) & kill -USR2 1; while :; do sleep 1; done'
	is "$1: who ignores SIGTERM is killed" "$rc $channel" '130 poweroff,'
	ok "$1: ... after 5 s, and need not be waited for" test "$seconds" -lt 7
	like "$1: ... and it is said" "$out" 'ignores SIGTERM: killing it'
}

fork_fails() {
	if ! command -v strace >/dev/null; then
		skip "$1: a fork that fails" "no strace"
		return
	fi
	WRAP="$(command -v strace) -D -o $tmp/strace -e trace=clone,fork,vfork -e inject=clone,fork,vfork:error=EAGAIN:when=1..3"
	boot "$status init.run=true"
	is "$1: three forks that fail do not lose the service" "$rc $channel" '130 status 0,poweroff,'
	is "$1: ... and they did fail" "$(grep -c INJECTED "$tmp/strace")" 3
}

not_allowed() {
	if [ "$(id -u)" != 0 ] || ! unshare -mpfu true 2>/dev/null; then
		skip "$1: poweroff of an ordinary user" "needs root to become another user"
		return
	fi
	was=$namespace namespace=-mpfu
	chmod 755 "$tmp" "$root" "$root"/bin "$root"/sbin "$root"/sbin/poweroff "$root"/bin/busybox
	boot "$status" 'su nobody -c /sbin/poweroff; echo $?; su nobody -c "/sbin/reboot -f"; echo $?; kill -USR1 1'
	namespace=$was
	like "$1: poweroff of an ordinary user is refused" "$out" '^poweroff: only root may do this$'
	is "$1: ... with status 1, by force too" "$(printf '%s\n' "$out" | grep -x '[0-9]' | tr '\n' ' ')$channel" '1 1 halt,'
}

signals() {
	# All but those that ask for something; 32 and 33 are a libc's own.
	boot "$status" 'i=1; while [ $i -le 64 ]; do
		case $i in 1|2|3|10|12|15|30|3[2378]|39|40) ;; *) kill -$i 1 ;; esac; i=$((i + 1)); done
		sleep 0.2; echo alive; kill -USR2 1; sleep 9'
	like "$1: a signal that asks for nothing does no harm" "$out" '^alive$'
	is "$1: ... and starts nothing" "$rc $channel" '130 poweroff,'
	for n in '37 130 halt' '38 130 poweroff' '39 129 reboot'; do
		# shellcheck disable=SC2086 # three words
		set -- "$1" $n
		boot "$status" "kill -$2 1; sleep 9"
		is "$1: signal $2 is $4" "$rc $channel" "$3 $4,"
	done
}

workloads='statuses deaths commands words options'
cases() {
	for group in signals handover mounts quiet loglevel share child inherited host_name $workloads orphans console endings programs kexecs \
		unmounts unmounts_more processes ignorers fork_fails not_allowed; do
		group "$group" "$1"
	done
}

clangs() {
	ok "compiles with clang and -Werror" compile clang "$tmp/clang" || return
	cp "$tmp/clang/init" "$root/init"
	for group in $workloads; do
		"$group" "clang's init"
	done
}

# PID 1 with a fault built in: a pointer to nowhere, and a stack that overflows.
faults() {
	for n in '*(volatile int *)8 = 1;' 'overflow(0);'; do
		rm -rf "$tmp/faulty" "$tmp/fault"
		cp -R "$src" "$tmp/faulty"
		sed "s/^int main(/static int overflow(int n) { volatile char b[4096]; b[0] = n; \
			return overflow(n + b[0] + 1) + b[0]; }\n&/
			s/^\tSTEP(services_prepare, failed);/\tif (cmdline_has(\"quiet\")) $n\n&/" "$src/init.c" >"$tmp/faulty/init.c"
		cp -R "$tmp/gcc" "$tmp/fault"
		rm "$tmp/fault/init.o"
		was=$src src=$tmp/faulty
		ok "compiles with the fault $n" compile "${CC:-gcc} -Wno-infinite-recursion -Wno-unused-function" "$tmp/fault"
		src=$was
		cp "$tmp/fault/init" "$root/init"
		boot "$status"
		like "PID 1 with $n says what and where" "$out" \
			'^init: process 1 has crashed: signal 11 at address 0x[0-9a-f]+, instruction 0x[0-9a-f]+$'
		is "PID 1 with $n ends, so that the kernel panics" "$rc" 139
		boot "$status init.crash=reboot"
		is "PID 1 with $n, init.crash=reboot: the machine restarts" "$rc" 129
	done
}

hello() {
	for cc in "${CC:-gcc}" clang; do
		command -v "${cc%% *}" >/dev/null || continue
		# shellcheck disable=SC2086 # CC may be "ccache gcc"
		ok "hello compiles with ${cc%% *}, without a header of ours" \
			$cc -Wall -Wextra -Werror -static -o "$tmp/hello" "$src/hello.c"
	done
	timeout 9 unshare "$namespace" --kill-child "$tmp/hello" >/dev/null 2>&1 && rc=0 || rc=$?
	is "hello, as process 1, switches off" "$rc" 130
	out=$(unshare "$namespace" --kill-child sh -c '"$1"; echo $?' sh "$tmp/hello" 2>&1)
	is "hello, as any other process, does not" "$out" "Hello from user space. I am process 2.
1"
}

# As process 2 of a namespace, so that not even a broken one does harm.
not_process_1() {
	out=$(unshare "$namespace" --kill-child sh -c '"$1"; exit $?' sh "$tmp/gcc/init" 2>&1) && rc=0 || rc=$?
	is "not process 1: refuses" "$rc" 1
	like "not process 1: says why" "$out" '^init: only the kernel starts this program, as process 1, and this is process 2;'
}

own_host_name=y
ok "compiles with gcc and -Werror" compile "${CC:-gcc}" "$tmp/gcc" || done_testing
cp "$tmp/gcc/init" "$root/init"
cp "$tmp/gcc/poweroff/poweroff" "$root/sbin/poweroff"
cases init
! command -v clang >/dev/null || group clangs
group faults
group hello
group not_process_1
if [ -n "${INIT-}" ]; then
	own_host_name=
	cp "$INIT" "$root/init"
	cases "$INIT"
fi
done_testing
