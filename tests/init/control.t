#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# initctl and the control socket of PID 1, in a PID namespace (tests/init/init-lib.sh).
# shellcheck disable=SC2016,SC2317 # what is in single quotes runs in the namespace; groups are called by name
# shellcheck source-path=SCRIPTDIR/../..
# shellcheck disable=SC2154,SC2034 # tmp is set by lib.sh
. tests/init/init-lib.sh
CGROUP=
service() {
	mkdir -p "$root/etc/bzinit.d"
	_name=$1
	shift
	printf '%s\n' "$@" >"$root/etc/bzinit.d/$_name.conf"
}
# asks TEXT: the script that has the word, and then powers off.
asks() {
	printf '#!/bin/ash\nsleep 0.4\n%s\npoweroff\n' "$1" >"$root/script"
	chmod 755 "$root/script"
	service end 'action=once' 'command=/script'
	boot "$status"
}
said() { printf '%s\n' "$out" | sed -n 's/^said //p' | tr '\n' ,; }

ok 'compiles' compile_programs "${CC:-gcc} -fsanitize=undefined -fno-sanitize-recover=undefined" "$tmp/gcc" \
	init poweroff/poweroff initctl/initctl || done_testing
cp "$tmp/gcc/init" "$root/init"
cp "$tmp/gcc/poweroff/poweroff" "$root/sbin/poweroff"
cp "$tmp/gcc/initctl/initctl" "$root/sbin/initctl"
for applet in sh sed ls grep cp; do ln -sf busybox "$root/bin/$applet"; done
command -v python3 >/dev/null || skip_all 'no python3'
KEEP_SHELL=y

states() {
	service a 'command=sleep 99'
	service b 'command=sh -c "exit 1"' 'action=once'
	service c 'command=true' 'action=once'
	service d 'command=sleep 99' 'needs=b'
	service e 'command=sh -c "kill -9 $$"' 'action=once'
	asks 'initctl status | sed "s/pid [0-9]*/pid N/; s/, [0-9]* s,/,/; s/^/said /"; initctl status a; echo said $?; initctl status a c >/dev/null; echo said $?; initctl status none; echo said $?'
	is 'status: each service with its state and its last end' "$(said)" \
		'a: running, pid N, started again 0 times,b: failed, started again 0 times, last ended with status 1,c: ended, started again 0 times, last ended with status 0,d: waiting, started again 0 times,e: failed, started again 0 times, last ended with signal 9,end: running, pid N, started again 0 times,0,3,1,'
	like '... and what is not there is named' "$out" '^initctl: none: there is no such service$'
}

restarts() {
	service a 'command=sh -c "exec sleep 0.1"'
	asks 'sleep 0.5; initctl status a | sed "s/.*again /said /"'
	like 'status: how often it was started again' "$(said)" '^[1-4] times, last ended with status 0,$'
}

stopped() {
	service a 'command=sh -c "trap \"sleep 0.3; echo said a ends; exit\" TERM; while :; do sleep 0.1; done"'
	asks 'initctl stop a; echo said $?; sleep 1; initctl status a | sed "s/, [0-9]* s.*//; s/^/said /"; initctl start a; sleep 0.2; initctl status a | sed "s/, .*//; s/^/said /"'
	is 'stop waits for the end, and is not undone; start undoes it' "$(said)" 'a ends,0,a: stopped,a: running,a ends,'
	unlike '... and nothing is said of starting again' "$out" 'starting it again'
}

deaf() {
	service a 'command=sh -c "trap : TERM; echo said up; while :; do sleep 0.1; done"' 'grace=1'
	asks 'initctl restart a; sleep 0.3; initctl stop a; initctl status a | sed "s/, .*//; s/^/said /"'
	is 'restart and stop of one that ignores SIGTERM' "$(said)" 'up,up,a: stopped,'
	is '... which is killed when its grace ends' "$(printf '%s\n' "$out" | grep -c '^init: a ignores SIGTERM: killing it$')" 2
}

reloaded() {
	service a 'command=sh -c "trap \"echo said hup\" HUP; while :; do sleep 0.1; done"'
	asks 'initctl reload a; sleep 0.3; echo command=echo said new >/etc/bzinit.d/new.conf; echo action=once >>/etc/bzinit.d/new.conf; initctl reload; sleep 0.3'
	is 'reload: SIGHUP for a service, the files for PID 1' "$(said)" 'hup,new,'
}

# A name is data, in JSON and on a terminal.
names() {
	service "$(printf 'q"\\\033\tx\351\303\244')" 'command=sleep 99'
	asks 'initctl status --json >/tmp/json; cat /tmp/json; initctl status | sed "s/: .*//; s/^/said /"'
	printf '%s\n' "$out" | sed -n '/^\[$/,/^\]$/p' >"$tmp/json"
	is 'names are escaped in JSON' "$(python3 -c 'import json, sys
for s in json.load(open(sys.argv[1])): print(ascii(s["name"]), s["state"], s["pid"] > 1, s["restarts"], s["last_exit"])' "$tmp/json" | tr '\n' ,)" \
		"'end' running True 0 None,'q\"\\\\\\x1b\\tx\\ufffd\\xe4' running True 0 None,"
	is '... and for a terminal' "$(said)" "$(printf 'end,q"\\\\x1b\\x09x\\xe9\303\244,')"
}

wrong_use() {
	asks 'for w in "stop" "nothing a" "stop --json a" "status -x"; do initctl $w 2>/dev/null; echo said $?; done; initctl stop none; echo said $?'
	is 'a wrong use ends with 2, a failure with 1' "$(said)" '2,2,2,2,1,'
}

# Clients that say nothing, too much or garbage, that do not read, or go: PID 1 answers the
# next one, and reaps and starts as before. The clients are outside of the namespace.
clients() {
	cat >"$tmp/clients.py" <<'END'
import glob, os, socket, time
def find():
    while True:
        for go in glob.glob("/proc/[0-9]*/root/run/go"):
            if open(go).read().strip() == os.environ["MARK"]:
                return os.path.dirname(go)
        time.sleep(0.05)
run = find()
def client():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(run + "/init.sock")
    s.settimeout(5)
    return s
def send(data):
    s = client()
    s.send(data)
    return s
idle = [client() for _ in range(40)]
for junk in (b"x" * 60000, b"\0", b"status\0a", b"", b"stop", b" ", b"status " + b"y" * 480):
    send(junk).close()
unread = [send(b"status") for _ in range(30)]
s = send(b"nonsense")
answer = [s.recv(512)[:1], send(b"status end").recv(512)[:4], s.recv(512)]
late = client()
time.sleep(0.3)
late.send(b"start none")
answer.append(late.recv(512))
with open(run + "/gone", "w") as f:
    f.write("said " + str(answer))
END
	service again 'command=sleep 0.1'
	MARK=$tmp timeout 15 python3 "$tmp/clients.py" 2>"$tmp/clients.err" &
	asks "echo $tmp >/run/go"'
n=0; until [ -e /run/gone ] || [ $n = 100 ]; do sleep 0.1; n=$((n+1)); done
cat /run/gone; echo; initctl status end >/dev/null; echo said $?; ls -l /run/init.sock | sed "s/ .*//; s/^/said /"'
	wait $!
	is 'clients that misbehave do not keep it from the others' "$(said)" \
		"[b'\\x01', b'\\x02end', b'', b'\\x01there is no such service'],0,srw-------," || diag "$(cat "$tmp/clients.err")"
}

# notify= and start-timeout=. when FILE: the words of a shell that wait for it.
when() { echo "until [ -e $1 ]; do sleep 0.1; done"; }
gone="sed 's/, pid .*//; s/, [0-9]* s.*//; s/^/said /'"

notify_fd() {
	service a 'notify=fd:3' "command=sh -c \"$(when /run/go); echo said a; echo ready >&3; exec sleep 99\""
	service b 'needs=a' 'action=once' 'command=echo said b'
	# A process that goes on has the pipe, too.
	service c 'notify=fd:7' 'action=once' 'command=sh -c "sleep 99 & echo >&7; exec sleep 99"'
	service d 'needs=c' 'action=once' 'command=echo said d'
	asks "initctl status a c | $gone; initctl status a >/dev/null; echo said \$?; >/run/go
until initctl status a >/dev/null; do sleep 0.1; done; sleep 0.3; initctl status --json a | sed -n 's/.*\"state\": \"\\([a-z]*\\).*/said \\1/p'"
	is 'notify=fd: what needs it waits until it has written a newline' "$(said)" \
		'd,a: starting,c: running,3,a,b,running,'
}

# The numbers that PID 1 uses itself are among these.
notify_numbers() {
	for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		service "n$n" "notify=fd:$n" 'action=once' "command=sh -c \"echo >&$n; exec sleep 99\""
		service "x$n" "notify=fd:$n" 'action=once' 'command=/nowhere'
		all="${all-} n$n"
	done
	service all "needs=$all" 'action=once' 'command=echo said all'
	asks 'sleep 0.6'
	is 'notify=fd: any number' "$(said)" 'all,'
	is '... and why it cannot start is reported' \
		"$(printf '%s\n' "$out" | grep -c '^init: cannot run /nowhere: it is not in this image$')" 14
}

late() {
	service a 'notify=fd:3' 'start-timeout=2' 'backoff=9:9' 'command=sh -c "echo said a; exec sleep 99"'
	service b 'needs=a' 'action=once' 'command=echo said b'
	service c 'notify=fd:3' 'action=once' 'start-timeout=2' 'command=sh -c "echo >&3; sleep 99"'
	asks "sleep 2.6; initctl status a c | $gone"
	is 'start-timeout: one that is not ready by then is ended, and the delay follows' "$(said)" 'a,a: waiting,c: running,'
	like '... which is said' "$out" '^init: a is not ready after 2 s: ending it$'
	like '... and it is a failure, however long it has run' "$out" '^init: a was ended by signal 15; starting it again in 9000 ms$'
}

hangs() {
	service 1 'action=sysinit' 'start-timeout=1' 'grace=1' 'command=sh -c "trap : TERM; while :; do sleep 0.1; done"'
	service 2 'action=wait' 'start-timeout=1' 'command=sh -c "trap exit\\ 0 TERM; while :; do sleep 0.1; done"'
	service b 'needs=2' 'action=once' 'command=echo said b'
	asks "initctl status 1 2 | $gone"
	is 'start-timeout: a script that hangs does not keep the others from running' "$(said)" '1: failed,2: failed,'
	like '... and is reported' "$out" '^init: 1 has not ended after 1 s: ending it$'
	like '... and killed' "$out" '^init: 1 ignores SIGTERM: killing it$'
	like '... and has failed, whatever its status' "$out" '^init: b is not started: it needs 2, which failed$'
}

# Notifiers that close the pipe, or write without an end.
bad_notifiers() {
	service a 'notify=fd:3' 'action=once' 'command=sh -c "exec 3>&-; exec sleep 99"'
	service b 'notify=fd:3' 'action=once' 'command=sh -c "trap : TERM; trap \"\" PIPE; while :; do printf xxxxxxxxxxxxxxxx; done >&3 2>/dev/null"' grace=0
	service c 'notify=fd:3' 'action=once' 'command=true'
	service d 'notify=fd:3' 'action=once' 'command=sh -c "echo >&3"'
	service e 'needs=d' 'action=once' 'command=echo said e'
	asks "sleep 1.5; initctl status a b c d | $gone"
	is 'notify=fd: one that can never be ready has failed, also with status 0' "$(said)" \
		'e,a: failed,b: failed,c: failed,d: ended,'
	is '... and is ended' "$(printf '%s\n' "$out" | sed -n 's/^init: \(.\) cannot become ready.*/\1/p' | sort | tr '\n' ,)" a,b,
}

# say TEXT PAD FDS COUNT: sends this, with PAD bytes and FDS descriptors, to $NOTIFY_SOCKET.
say_program() {
	cat >"$tmp/say.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static char text[300000];
int main(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { text, strlen(argv[1]) + atoi(argv[2]) };
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part, .msg_iovlen = 1 };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), i, big = 400000;

	memset(text, 'x', sizeof(text));
	memcpy(text, argv[1], strlen(argv[1]));
	strcpy(to.sun_path, getenv("NOTIFY_SOCKET"));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	if (atoi(argv[3])) {
		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	}
	for (i = 0; i < atoi(argv[4]); i++)
		if (sendmsg(fd, &message, 0) < 0)
			return 1;
	usleep(500000);
	return 0;
}
END
	${CC:-gcc} -static -O1 -o "$root/bin/say" "$tmp/say.c"
}

notify_socket() {
	say_program
	service a 'notify=socket' "command=sh -c \"$(when /run/go); exec /bin/say READY=1 0 0 1\"" 'action=once'
	service b 'needs=a' 'action=once' 'command=echo said b'
	# The text is a line among others; a child sends it.
	printf '#!/bin/ash\necho "said $NOTIFY_SOCKET"\nsay "STATUS=x\nREADY=1\nX=" 9 0 1\nsleep 99\n' >"$root/bin/child"
	chmod 755 "$root/bin/child"
	service c 'notify=socket' 'command=/bin/child'
	service d 'needs=c' 'action=once' 'command=echo said d'
	service n2 'notify=socket' 'command=sh -c "say READY=10 0 0 1; say xREADY=1 0 0 1; sleep 99"'
	service n3 'notify=fd:3' 'command=sh -c "say READY=1 0 0 1; sleep 99"' 'env=NOTIFY_SOCKET=/run/notify.sock'
	asks 'sleep 1; export NOTIFY_SOCKET=/run/notify.sock; say READY=1 0 0 1; n=$(ls /proc/1/fd | wc -l)
say READY=1 250000 0 1; echo said $?; say READY=1 0 1 40; say READY=1 0 0 20000 & '"initctl status a c n2 n3 | $gone"'
[ "$(ls /proc/1/fd | wc -l)" -le "$n" ]; echo said $?; >/run/go; sleep 0.4; initctl status a | '"$gone; ls -l /run/notify.sock | sed 's/ .*//; s/^/said /'"
	is 'notify=socket: READY=1 counts, from the service itself' "$(said)" \
		'/run/notify.sock,d,0,a: starting,c: running,n2: starting,n3: starting,0,b,a: running,srw-rw-rw-,'
}

# What is not understood, or can have no effect, stops what it stands in.
notify_wrong() {
	set --
	for n in notify=fd:2 notify=fd:256 notify=fd: notify=fd notify=yes notify= start-timeout=0 start-timeout=-1 \
		start-timeout=x start-timeout=86401; do
		set -- "$@" "$n"
		service "w$#" 'action=once' "command=echo said w$#" "$n"
	done
	service m1 'action=wait' 'command=echo said m1' 'notify=socket'
	service m2 'command=echo said m2' 'start-timeout=5'
	asks ''
	is 'notify= and start-timeout=: what is wrong is not started' "$(said)" ''
	i=0
	for n; do
		i=$((i + 1))
		like "... which is said: $n" "$out" "^init: /etc/bzinit.d/w$i.conf:3: bad value in '$n': the service is left out\$"
	done
	like '... of notify= where nothing can need it' "$out" \
		'^init: /etc/bzinit.d/m1.conf: notify= is for action=once and respawn: the service is left out$'
	like '... of start-timeout= where nothing ends' "$out" \
		'^init: /etc/bzinit.d/m2.conf: start-timeout= needs notify=, or action=sysinit, wait or once: the service is left out$'
}

for group in states restarts stopped deaf reloaded names wrong_use clients notify_fd notify_numbers late hangs \
	bad_notifiers notify_socket notify_wrong; do
	rm -rf "$root/etc/inittab" "$root/etc/bzinit.d" "$root/script" "$root/run/go"
	group "$group"
done
done_testing
