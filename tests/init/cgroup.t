#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A control group for each service, in a PID namespace (tests/init/init-lib.sh) that has a
# group of this machine's cgroup v2 as its /sys/fs/cgroup. What needs controllers is
# tested in a machine of its own, by tests/boot/end.t.
# shellcheck disable=SC2016,SC2317 # what is in single quotes runs in the namespace; groups are called by name
# shellcheck source-path=SCRIPTDIR/../..
# shellcheck disable=SC2154,SC2034 # tmp is set by lib.sh, OUTER is read by boot
. tests/init/init-lib.sh

# A group that this user may fill, or none.
mount=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/self/mounts | head -n 1)
CGROUP=$mount/bzinit-test.$$
# shellcheck disable=SC2016
if [ "$(id -u)" = 0 ] && [ -n "$mount" ] && mkdir "$CGROUP" 2>/dev/null &&
	sh -c 'echo $$ >"$1"' sh "$CGROUP/cgroup.procs" 2>/dev/null; then
	trap 'find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null; rm -rf "$tmp"' EXIT
	namespace=-mpfu
else
	rmdir "$CGROUP" 2>/dev/null
	skip_all "no cgroup v2 that this user may write to"
fi
export CGROUP

ok 'compiles' compile "${CC:-gcc} -fsanitize=undefined -fno-sanitize-recover=undefined" "$tmp/gcc" || done_testing
cp "$tmp/gcc/init" "$root/init"
cp "$tmp/gcc/poweroff/poweroff" "$root/sbin/poweroff"
for applet in sh cp ls mkdir grep cut; do ln -sf busybox "$root/bin/$applet"; done
KEEP_SHELL=y

# What the service z has put into the background stops in its turn, before m, which z needs.
daemon() {
	script 'case $1 in d) trap "sleep 0.3; echo mark-z; exit" TERM; while :; do sleep 0.1; done ;;
m) trap "echo mark-m; exit" TERM; while :; do sleep 0.1; done ;; esac
setsid /script d &'
	svc m 'command=/script m'
	svc z 'action=once' 'command=/script z' 'needs=m'
	svc end 'action=once' 'command=ash -c "sleep 0.6; poweroff"'
	boot "$status"
	is 'a daemon is stopped with the service that has left it' "$(marks)" 'z m'
}

# One that ignores SIGTERM, in a session of its own, goes when the grace of its service ends.
deaf() {
	script '[ "$1" ] || { setsid /script d & exec sleep 9; }
trap "" TERM; while :; do sleep 0.1; done'
	svc z 'command=/script' 'grace=1'
	svc end 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	like "$1 that ignores SIGTERM is killed" "$out" '^init: z ignores SIGTERM: killing it$'
	unlike "$1 goes with all that belongs to it" "$out" 'some processes ignore'
	ok "$1 goes at the end of its grace" test "$seconds" -lt 4
}
killed() { deaf 'a daemon'; }

# The same where the kernel has no cgroup.kill.
loop() {
	if ! command -v strace >/dev/null; then
		skip 'without cgroup.kill' 'no strace'
		return
	fi
	OUTER="strace -f -qq -o $tmp/strace -P /sys/fs/cgroup/services/z.service/cgroup.kill -e trace=openat -e inject=openat:error=ENOENT"
	deaf 'without cgroup.kill: a daemon'
	like '... which is not there' "$(cat "$tmp/strace")" 'cgroup.kill.*ENOENT.*INJECTED'
}

# count.conf starts and ends several times, and leaves a process each time.
again() {
	script 'sleep 1.7; n=0; for p in /proc/[0-9]*; do grep -qs "^sleep.*77$1" $p/cmdline && n=$((n+1)); done; echo mark-$n; poweroff'
	svc count 'command=ash -c "setsid sleep 771 & sleep 0.2; echo mark-r"'
	svc end 'action=once' 'command=/script 1'
	boot "$status"
	is 'a service that is started again leaves nothing behind' "$(marks)" 'r r r 0'
	rm "$root/etc/bzinit.d/count.conf"
	svc end 'action=once' 'command=/script 2'
	tab 'console::respawn:ash -c "setsid sleep 772 & sleep 0.2; echo mark-r"'
	boot "$status"
	is 'what a login has left behind goes on' "$(marks)" 'r r r 3'
}

names() {
	script 'sleep 0.4; cd /sys/fs/cgroup/services; for f in *-* *.service .*.service; do echo "group $f $(grep -c . $f/cgroup.procs)"; done; poweroff'
	tab '::respawn:sleep 99' '::respawn:sleep 99' '::once:true'
	svc cgroup.procs 'command=sleep 99'
	svc .. 'command=sleep 99'
	svc end 'action=once' 'command=/script'
	boot "$status"
	is 'each has a group, whatever its name, and one that has ended has none' \
		"$(printf '%s\n' "$out" | sed -n 's/^group \(.*\)$/\1/p' | sed 's/-[0-9a-f]* /-N /' | sort | tr '\n' ,)" \
		'...service 1,cgroup.procs.service 1,end.service 2,sleep-N 1,sleep-N 1,'
}

# A group in the group: it is gone when the service starts again.
inner() {
	svc z 'command=ash -c "cd /sys/fs/cgroup/services/z.service; mkdir a && echo mark-made; mkdir a/b; sleep 0.1"'
	svc end 'action=once' 'command=ash -c "sleep 1.5; poweroff"'
	boot "$status"
	like 'groups that a service has made go with it' "$(marks)" '^made made'
}

bad() {
	set --
	for n in memory.max=lots memory.max= 'memory.max=1 2' pids.max=-1 'cpu.max=1 2 3' memory.max=5X memory.maximum=1; do
		set -- "$@" "$n"
		svc "bad$#" "command=echo mark-bad$#" 'action=once' "$n"
	done
	svc range 'command=echo mark-range' 'action=once' 'cpu.weight=99999'
	svc end 'action=once' 'command=ash -c "sleep 0.8; poweroff"'
	boot "$status"
	is 'a service whose limit is not understood or cannot be applied is not started' "$(marks)" ''
	i=0
	for n; do
		i=$((i + 1))
		like "... which is said: $n" "$out" "^init: /etc/bzinit.d/bad$i.conf:3: .*'$n': the service is left out\$"
	done
	like '... and of the last: cpu.weight=99999' "$out" '^init: cannot start range: cpu.weight=99999: '
}

# A kernel without: what runs today runs, but for what has a limit.
absent() {
	was=$CGROUP CGROUP=
	svc z 'command=ash -c "echo mark-z; sleep 9"'
	svc limited 'command=echo mark-limited' 'memory.max=64M'
	svc end 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot init.status=ttyS1
	CGROUP=$was
	is 'without cgroups services run' "$(marks)" z
	is '... but one with a limit is not started, which is said' "$(printf '%s\n' "$out" |
		grep -c '^init: cannot start limited: memory.max=64M: not supported by this kernel$')" 1
	is '... and it is said once what is missing' "$(printf '%s\n' "$out" | grep -c 'CONFIG_CGROUPS')" 1
}

for group in daemon killed loop again names inner bad absent; do
	clean
	group "$group"
done
done_testing
