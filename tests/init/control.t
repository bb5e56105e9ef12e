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

for group in states restarts stopped deaf reloaded names wrong_use clients; do
	rm -rf "$root/etc/inittab" "$root/etc/bzinit.d" "$root/script"
	group "$group"
done
done_testing
