#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# /etc/inittab and /etc/bzinit.d/*.conf: what is started when, started again, and
# stopped in which order; and what is said of a line that is wrong. In a PID
# namespace, see tests/init/init-lib.sh.
# shellcheck disable=SC2016,SC2317 # what is in single quotes runs in the namespace; groups are called by name
# shellcheck source-path=SCRIPTDIR/../..
# shellcheck disable=SC2154,SC2034 # tmp is set by lib.sh, LIMIT is read by boot
. tests/init/init-lib.sh

# Undefined behaviour ends it, and then the case fails.
ok 'compiles' compile "${CC:-gcc} -fsanitize=undefined -fno-sanitize-recover=undefined" "$tmp/gcc" || done_testing
cp "$tmp/gcc/init" "$root/init"
cp "$tmp/gcc/poweroff/poweroff" "$root/sbin/poweroff"
status='init.status=ttyS1 quiet'
KEEP_SHELL=y
ln -s busybox "$root/bin/sh"

turns() {
	tab '# a comment' '' '::sysinit:echo mark-a' '::sysinit:ash -c "sleep 0.3; echo mark-b"' \
		'::once:ash -c "sleep 0.2; echo mark-e"' '::wait:ash -c "sleep 0.3; echo mark-c"' '::wait:echo mark-d' \
		'::once:ash -c "sleep 0.5; poweroff"'
	boot "$status"
	is 'sysinit, then wait, one after the other, then the rest' "$(marks) $channel" 'a b c d e poweroff,'
}

line_itself() {
	script 'sleep 0.5; poweroff'
	tab '::once:echo mark-1 a:b:c' '::once:/bin/busybox echo "mark-2  x" --k=v' '::wait:sleep 0.2' '::once:/script'
	# There is no /bin/sh, and none is needed.
	KEEP_SHELL=
	boot "$status"
	KEEP_SHELL=y
	ln -s busybox "$root/bin/sh"
	like 'the process is the rest of the line, colons and all' "$out" '^mark-1 a:b:c$'
	like 'quotes and = need no shell' "$out" '^mark-2  x --k=v$'
}

stdin() {
	tab '::sysinit:ash -c "readlink /proc/self/fd/0 | sed s/^/sysinit:/"' \
		'::respawn:ash -c "readlink /proc/self/fd/0 | sed s/^/inittab:/; sleep 9"' '::once:ash -c "sleep 0.5; poweroff"'
	svc file 'command=ash -c "readlink /proc/self/fd/0 | sed s/^/file:/; sleep 9"'
	svc asks 'command=ash -c "readlink /proc/self/fd/0; sleep 9"' tty=ttyS9
	: >"$tmp/dev/ttyS9"
	INPUT=$root/etc/passwd
	boot "$status"
	like 'a service of inittab cannot read what is typed' "$out" '^inittab:/dev/null$'
	like 'a service of a file neither' "$out" '^file:/dev/null$'
	is '... unless it asks for a terminal' "$(cat "$tmp/dev/ttyS9")" /dev/ttyS9
	like 'a sysinit script can' "$out" '^sysinit:.*/etc/passwd$'
	rm "$tmp/dev/ttyS9"
}

crlf() {
	printf '%s\r\n' '# a comment' '' '::once:echo mark-a' >"$root/etc/inittab"
	printf '::once:ash -c "sleep 0.3; poweroff"\n::once:echo mark-b\r' >>"$root/etc/inittab"
	boot "$status"
	like 'a line of inittab may end in CR LF' "$out" '^mark-a$'
	like '... and the last one in CR' "$out" '^mark-b$'
	unlike '... and none is wrong by that' "$out" 'inittab:'
}

shells() {
	script 'echo mark-$A; sleep 0.2; poweroff'
	tab '::once:A=5 /script'
	boot "$status"
	is 'what a shell must read is given to one' "$(marks)" 5
}

bad_lines() {
	tab 'nonsense' ':a' '::bogus:echo x' '::once:' '::respawn:-' '/x/y::once:echo x' '::once:echo mark-ok' '::once:ash -c "sleep 0.3; poweroff"'
	boot "$status"
	for n in '1: not id:runlevels:action:process: line ignored' '2: not id' "3: unknown action 'bogus': line ignored" \
		'4: no process to run' '5: no process to run' "6: not the name of a terminal: '/x/y'"; do
		like "a bad line is named: $n" "$out" "^init: /etc/inittab:$n"
	done
	is 'and the rest runs' "$(marks)" ok
}

stable() {
	tab '::respawn:ash -c "echo mark-r; sleep 2.2"' '::once:ash -c "sleep 5; poweroff"'
	LIMIT=30
	boot "$status"
	is 'after a stable run: started again at once' "$(marks)" 'r r r'
}

storm() {
	tab '::respawn:ash -c "echo mark-r"' '::once:ash -c "sleep 3; poweroff"'
	boot "$status"
	is 'who ends at once is started after 0, 0.25, 0.5, 1, 2 s' "$(marks)" 'r r r r'
	like 'and it is said' "$out" '^init: ash ended with status 0; starting it again in 500 ms$'
}

# Each fails a hundred times for each of the reasons.
failing() {
	script 'sleep 0.4; : >/run/x; mkdir /run/d; sleep 0.3
printf "#!/bin/ash\nsleep 0.2; rm /run/x; exit 7\n" >/run/y; chmod 755 /run/y; mv /run/y /run/x; sleep 0.7; poweroff'
	svc a 'command=/run/x' 'backoff=0:0'
	svc b 'command=/run/z' 'backoff=0:0' 'log=/run/d/log'
	svc end 'action=once' 'command=/script'
	boot "$status"
	is 'a failure to start is said once, and again for another reason or after a run' \
		"$(printf '%s\n' "$out" | sed -n 's/^init: cannot run .run.x: \([a-z]*\).*/\1/p; s/^init: a ended with status \(.\).*/\1/p' | tr '\n' ' ')" \
		'it permission 7 it '
	is '... or with another setting' \
		"$(printf '%s\n' "$out" | sed -n 's/^init: cannot start b: log=.*/log/p; s/^init: cannot run .run.z: .*/command/p' | tr '\n' ' ')" \
		'log command '
}

stops() {
	tab '::once:ash -c "trap \"echo mark-a; exit\" TERM; while :; do sleep 0.1; done"' \
		'::once:ash -c "trap \"sleep 0.4; echo mark-b; exit\" TERM; while :; do sleep 0.1; done"' \
		'::shutdown:echo mark-s' '::shutdown:ash -c "sleep 0.2; echo mark-t"' '::once:ash -c "sleep 0.5; poweroff"'
	boot "$status"
	is 'shutdown: its entries first, then services, all at once' "$(marks)" 's t a b'
}

# The grace of two that ignore SIGTERM is over before that of the third.
together() {
	script 'trap "sleep 1; echo mark-$1; exit" TERM; trap "" HUP; while :; do sleep 0.1; done'
	tab '::once:/script a' '::once:/script b' '::once:/script c' '::once:/script d' '::once:/script e' \
		'::once:ash -c "sleep 0.4; poweroff"'
	boot "$status"
	is 'shutdown: five services that each take a second take one' "$(marks | wc -w) $((seconds < 4))" '5 1'
	clean
	script 'trap "sleep 2; echo mark-$1; exit" TERM; while :; do sleep 0.1; done'
	for n in x y; do
		svc "$n" 'command=ash -c "trap : TERM; while :; do sleep 0.1; done"' 'grace=1'
	done
	svc db 'command=/script db' 'grace=6'
	svc app 'command=/script app' 'needs=db' 'grace=6'
	svc end 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	is 'shutdown: each service has its own grace' "$(marks)" 'app db'
	like 'shutdown: and its own end' "$out" '^init: x ignores SIGTERM: killing it$'
	boot "$status init.deadline=5"
	is 'shutdown: init.deadline= ends all graces' "$(marks) $((seconds < 8))" 'app 1'
	boot "$status init.deadline=0"
	is 'shutdown: init.deadline=0 is no deadline' "$(marks)" 'app db'
}

# It has a controlling terminal, as far as PID 1 knows.
hangup() {
	script 'trap "sleep 0.5; echo mark-saved; exit" TERM; echo mark-up; while :; do sleep 0.1; done'
	tab 'console::once:/script' '::once:ash -c "sleep 0.4; poweroff"'
	boot "$status"
	is 'shutdown: a program that handles SIGTERM gets no SIGHUP' "$(marks)" 'up saved'
}

needed_stop() {
	# If all were asked at once, the ones that are needed would end first.
	script 'trap "sleep $2; echo mark-$1; exit" TERM; while :; do sleep 0.1; done'
	svc a 'command=/script a 0.3' 'needs=z'
	svc m 'command=/script m 0.6' 'needs=a z'
	svc z 'command=/script z 0'
	svc p 'command=/script p 0.3' 'needs=q'
	svc q 'command=/script q 0'
	svc end 'action=once' 'needs=m p' 'command=ash -c "sleep 0.3; poweroff"'
	boot "$status"
	is 'shutdown: nobody loses what it needs' "$(marks | tr -d ' pq') $(marks | tr -d ' amz')" 'maz pq'
}

ctrlaltdel() {
	tab '::ctrlaltdel:ash -c "echo mark-cad; poweroff"' '::once:ash -c "sleep 0.2; kill -INT 1"'
	boot "$status"
	is 'ctrlaltdel has the word when Ctrl-Alt-Del is pressed' "$(marks) $channel" 'cad poweroff,'
}

restart() {
	tab '::once:ash -c "sleep 0.2; kill -QUIT 1"' '::restart:/bin/ash -c "echo mark-pid$$; kill -0 $$; exec poweroff -f"'
	boot "$status"
	like 'restart: another program takes our place' "$out" '^mark-pid'
}

# A file stands for the watchdog: the last thing that is written to it switches it off.
restart_watchdog() {
	: >"$tmp/dev/watchdog"
	tab '::once:ash -c "sleep 0.2; kill -QUIT 1"' '::restart:poweroff -f'
	boot "$status init.watchdog=9"
	is 'restart: the watchdog is switched off' "$(tr '\0' . <"$tmp/dev/watchdog" | sed 's/\.*//')" V
	rm "$tmp/dev/watchdog"
}

in_sysinit() {
	script 'sleep 0.3; kill -USR2 1'
	tab '::sysinit:ash -c "/script & echo mark-a; sleep 30"' '::once:echo mark-b'
	boot "$status"
	is 'a shutdown during sysinit' "$(marks) $rc" 'a 130'
}

reload() {
	tab '::once:ash -c "sleep 0.5; echo ::once:echo mark-new >>/etc/inittab; echo ::respawn:/bin/true >>/etc/inittab; kill -HUP 1; sleep 0.6; poweroff"' \
		'::once:echo mark-old' '::respawn:ash -c "echo mark-r; sleep 60"'
	boot "$status"
	is 'SIGHUP: a new line is started, the old ones are left alone' "$(marks | tr ' ' '\n' | sort | tr '\n' ' ')" 'new old r '
}

reload_gone() {
	script 'sleep 1.6; poweroff'
	tab '::respawn:ash -c "echo mark-r; sleep 0.4"' '::once:ash -c "sleep 0.2; echo ::once:/script >/etc/inittab; kill -HUP 1; sleep 9"'
	boot "$status"
	is 'SIGHUP: a line that is gone is not started again' "$(marks)" r
}

# The entry is gone for two reloads, so that its text is overwritten.
reload_back() {
	script 'cp /etc/inittab /run/tab; sleep 0.3; echo ::once:/script >/etc/inittab; kill -HUP 1; sleep 0.2
echo "::restart:something else that takes the place of the text" >>/etc/inittab; kill -HUP 1; sleep 0.2
cp /run/tab /etc/inittab; kill -HUP 1; sleep 0.4; poweroff'
	tab '::respawn:ash -c "echo mark-r; sleep 60"' '::once:/script'
	boot "$status"
	is 'SIGHUP: a line that comes back finds its process again' "$(marks)" r
}

reload_full() {
	script '[ -z "$1" ] || { echo mark-r; exec sleep 0.9; }; sleep 0.2; kill -HUP 1; sleep 1.5; poweroff'
	tab '::respawn:/script x' '::once:/script'
	i=2
	while [ "$i" -lt 2049 ]; do echo '::restart:true'; i=$((i + 1)); done >>"$root/etc/inittab"
	boot "$status"
	is 'SIGHUP: a full table stays as it is' "$(marks)" 'r r'
	is 'and what it has no room for is said each time' \
		"$(printf '%s\n' "$out" | grep -c '^init: more than 2048 services: true is left out$')" 2
}

# A line of 10,000 bytes, with and without a shell; a long name.
lengths() {
	pad=$(printf '%010000d' 0)
	tab "::wait:ash -c 'echo mark-\$1' x a $pad" "::wait:echo $pad mark-b" \
		"::wait:/bin/busybox ash -c 'echo mark-len\${#1}' x $pad" '::once:poweroff'
	svc "$(printf '%0200d' 0)" 'command=echo mark-d' 'action=wait'
	boot "$status"
	is 'commands and names may be long' "$(marks)" 'a b len10000 d'
}

askfirst() {
	tab '::askfirst:ash -c "echo mark-x"' '::once:ash -c "sleep 0.5; poweroff"'
	boot "$status"
	like 'askfirst asks' "$out" 'Please press Enter to activate this console'
	is 'and waits' "$(marks)" ''
}

# A FIFO stands for a terminal where nobody presses Enter, and for a log that nobody reads.
waiting() {
	mkfifo "$tmp/dev/key" "$tmp/dev/log"
	echo 'exec "$@" <>"${0%/*}/dev/key"' >"$tmp/wrap"
	tab '::askfirst:ash' '::once:ash -c "sleep 0.5; poweroff" </dev/null'
	WRAP="/bin/sh $tmp/wrap"
	boot "$status"
	unlike 'shutdown: askfirst that waits for a key ends at once' "$out" 'killing it'
	tab '::once:ash -c "sleep 0.5; poweroff"'
	svc a 'command=true' 'log=/dev/log'
	boot "$status"
	unlike 'shutdown: a service whose log nobody reads ends at once' "$out" 'killing it'
	rm "$tmp/dev/key" "$tmp/dev/log"
}

needs() {
	svc b 'command = ash -c "echo mark-b; sleep 9"' 'needs = a'
	svc a '# first' 'action=once' 'command=ash -c "sleep 0.3; echo mark-a"'
	svc c 'command=ash -c "echo mark-c; sleep 0.3; poweroff; sleep 9"' 'needs=b a'
	svc broken 'needs=a'
	svc e 'needs=nowhere' 'command=echo mark-e'
	svc f 'needs=g' 'action=once' 'command=echo mark-f'
	svc g 'action=once' 'command=ash -c "exit 3"'
	boot "$status"
	is 'needs: each waits for what it needs' "$(marks | sed 's/c b/b c/')" 'a b c'
	like 'without a command it is left out' "$out" '^init: /etc/bzinit.d/broken.conf: no command=: the service is left out$'
	like 'what is needed and not there is named' "$out" '^init: e is not started: it needs nowhere, which does not exist$'
	like 'what is needed and failed is named' "$out" '^init: f is not started: it needs g, which failed$'
}

circle() {
	svc a 'command=echo mark-a' 'needs=x b'
	svc b 'command=echo mark-b' 'needs=c'
	svc c 'command=echo mark-c' 'needs=x a'
	svc d 'command=echo mark-d' 'needs=b'
	svc h 'command=echo mark-h' 'needs=h'
	svc w 'command=echo mark-w' 'needs=y' 'action=once'
	svc x 'command=sleep 9'
	svc y 'command=sleep 9' 'needs=x'
	svc z 'command=ash -c "sleep 0.4; poweroff"' 'action=once'
	boot "$status"
	is 'a circle of needs: none of it is started, and the rest is' "$(marks)" w
	is 'and it is said of each' "$(printf '%s\n' "$out" |
		sed -n 's/^init: \(.\) is not started: needs=\(.*\) leads into a circle$/\1 \2/p' | tr '\n' ,)" 'a x b,b c,c x a,d b,h h,'
}

settings() {
	svc a 'command=ash -c "echo mark-$COLOUR-$(umask)-$(pwd); sleep 9"' 'env=COLOUR=blue' 'umask=027' 'directory=/tmp' \
		'# a comment' ''
	svc wrong 'command=echo mark-wrong' 'colour=red' 'grace=soon' 'backoff=5' 'action=never' 'tty=/x/y' 'nothing'
	svc b 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	like 'settings reach the process' "$out" '^mark-blue-0027-/tmp$'
	like 'an unknown key is named' "$out" "^init: /etc/bzinit.d/wrong.conf:2: unknown key 'colour=red': the service is left out\$"
	for n in '3.*grace=soon' '4.*backoff=5' '5.*action=never' '6.*tty=' '7: not key=value'; do
		like "a bad value is named: $n" "$out" "^init: /etc/bzinit.d/wrong.conf:$n"
	done
}

# settings_many PREFIX COUNT: lines of a service file.
settings_many() {
	n=0
	while [ "$n" -lt "$2" ]; do echo "$1" | sed "s/N/$n/g"; n=$((n + 1)); done
}
surplus() {
	svc a 'command=ash -c "echo mark-$V239; sleep 9"' "$(settings_many env=VN=aN 240)"
	svc b 'command=echo mark-b' 'action=once' "$(settings_many env=VN=b 260)"
	svc c 'command=echo mark-c' 'action=once' "$(settings_many 'groups=1 2' 33)"
	svc end 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	is 'a service with 240 variables has them all, and none starts with some of its own missing' "$(marks)" a239
	like 'the first variable that has no room is named' "$out" '^init: cannot start b: env=V25[0-9]=b: too many words$'
	like 'and the first list of groups' "$out" '^init: cannot start c: groups=1 2: too many words$'
}

process() {
	if [ "$(id -u)" = 0 ] && unshare -mpfu true 2>/dev/null; then
		was=$namespace namespace=-mpfu
		chmod 755 "$tmp" "$root" "$root/bin" "$root/bin/busybox"
		svc a 'command=ash -c "cat /proc/self/status /proc/self/oom_score_adj; ulimit -n"' 'action=once' 'user=nobody' \
			'groups=7 9' 'capabilities=net_bind_service' 'no_new_privs=yes' 'limit=nofile:99:100' 'oom_score_adj=321' 'log=/run/a'
		svc b 'needs=a' 'action=once' 'command=ash -c "cat /run/a; sleep 0.5; poweroff"'
		svc c 'command=true' 'user=nobody-there' 'action=once'
		printf '%s\n' 'www:x:33:33:Web:/srv/www:/bin/www-shell' 'bare:x:34:34::' >>"$root/etc/passwd"
		printf '#!/bin/busybox ash\n/bin/busybox env | /bin/busybox sed -n "s/^\(USER\|LOGNAME\|HOME\|SHELL\)=/$1 &/p"\n' >"$root/bin/variables"
		chmod 755 "$root/bin/variables"
		svc d 'command=variables d' 'action=once' 'env=SHELL=/bin/own' 'user=www'
		svc e 'command=variables e' 'action=once' 'user=34'
		svc f 'command=variables f' 'action=once' 'user=4711'
		WORDS='LOGNAME=admin HOME=/home'
		boot "$status"
		for n in 'Uid:.65534.65534.65534.65534' 'Gid:.65534.65534' 'Groups:.7 9' 'NoNewPrivs:.1' 'CapEff:.0000000000000400' \
			'CapBnd:.0000000000000400' 'CapAmb:.0000000000000400' '321$' '99$'; do
			like "a process is what its file says: $n" "$out" "^$n"
		done
		is 'its variables are those of its user' "$(printf '%s\n' "$out" | grep '^[d-g] [A-Z]*=' | sort | tr '\n' ,)" \
			'd HOME=/srv/www,d LOGNAME=www,d SHELL=/bin/own,d USER=www,e HOME=/,e LOGNAME=bare,e USER=bare,f HOME=/,f LOGNAME=admin,'
		like 'a user who is not there is named' "$out" "^init: cannot start c: user=nobody-there: there is none of that name"
		namespace=$was
	else
		skip 'a process is what its file says' 'needs root to become another user'
	fi
}

# A setting that cannot be understood may be one that restricts: then nothing is started.
fail_closed() {
	for n in user= usr=nobody no_new_privs=true capabilities=net_bind_servise umask=8 oom_score_adj=x \
		"groups=$(printf '%0600d' 0)" "capabilities=$(printf '%01100d' 0)" "limit=nofile:$(printf '%070d' 9)" \
		limit=nofile:many limit=nofile:9:8 limit=nofile:99999999999999999999 "needs=end $(printf '%0300d' 0)" nobody; do
		set -- "$@" "$n"
		svc "bad$#" "command=echo mark-bad$#" 'action=once' "$n"
	done
	svc nul 'command=echo mark-nul' 'action=once'
	printf '\0\nuser=nobody\n' >>"$root/etc/bzinit.d/nul.conf"
	svc big 'command=ash -c "echo mark-$(ulimit -f)"' 'action=once' 'limit=fsize:20480000000'
	svc end 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	is 'a service with a setting that is not understood is not started, others are' "$(marks)" 40000000
	i=0
	for n; do
		i=$((i + 1))
		like "... which is said: $(printf '%.12s' "$n") ($i)" "$out" \
			"^init: /etc/bzinit.d/bad$i.conf:3: .*'$(printf '%.12s' "$n").*': the service is left out\$"
	done
	like '... or that its file has a NUL byte' "$out" '^init: cannot read /etc/bzinit.d/nul.conf: it has a NUL byte$'

	# There is room for the file, but not for a copy of its setting.
	rm "$root"/etc/bzinit.d/*
	svc over 'command=echo mark-over' 'action=once' "#$(printf '%0196546d' 0)" 'user=nobody'
	boot "$status \"init.run=sleep 0.4\""
	is '... or that there is no room for a setting' "$(marks) $channel" ' status 0,poweroff,'
	like '... which is said, too' "$out" '^init: /etc/bzinit.d/over.conf:4: no room for .user=nobody.: the service is left out$'
}

grace() {
	svc stubborn 'command=ash -c "trap : TERM; while :; do sleep 1; done"' 'grace=1'
	svc b 'action=once' 'command=ash -c "sleep 0.4; poweroff"'
	boot "$status"
	ok "grace=1 is one second, not five" test "$seconds" -lt 4
	like 'and whom it ran out on is named' "$out" '^init: stubborn ignores SIGTERM: killing it$'
}

workload() {
	tab '::once:ash -c "sleep 0.3; echo mark-late"' '::askfirst:echo mark-ask' '::sysinit:echo mark-sys'
	boot "$status \"init.run=ash -c 'sleep 0.6; exit 9'\""
	is 'a workload runs beside the services, without a console entry' "$(marks) $channel" 'sys late status 9,poweroff,'
	unlike 'and asks nobody' "$out" 'press Enter'
	like 'and says whom it leaves out' "$out" '^init: echo is left out: the workload has the console$'
}

named_sh() {
	printf '#!/bin/ash\necho mark-$0 | tr -d /.\n' >"$root/bin/start.sh"
	chmod 755 "$root/bin/start.sh"
	tab '::once:/bin/start.sh' '::respawn:-/bin/sh'
	boot "$status \"init.run=sleep 0.4\""
	is 'a script called start.sh is no shell' "$(marks)" 'binstartsh'
	rm "$root/bin/start.sh"
}

thousand() {
	i=0
	while [ "$i" -lt 1000 ]; do echo "::once:/bin/busybox sh -c 'echo mark-$i'"; i=$((i + 1)); done >"$root/etc/inittab"
	svc end 'action=once' 'command=ash -c "sleep 4; poweroff"'
	LIMIT=60
	boot "$status"
	is 'a thousand services, each once' \
		"$(printf '%s\n' "$out" | grep -x 'mark-[0-9]*' | sort -u | wc -l) $(marks | wc -w)" '1000 1000'
}

reload_own() {
	KEEP_SHELL=
	boot "$status" 'if [ -e /tmp/second ]; then echo mark-again; poweroff; sleep 9; fi
>/tmp/second; kill -HUP 1; sleep 0.2; kill -HUP 1; sleep 0.2; echo ::once:echo mark-new >/etc/inittab
kill -HUP 1; sleep 0.3; echo mark-x'
	KEEP_SHELL=y
	is 'SIGHUP: what comes from no file stays, the shell on the console' "$(marks)" 'new x again'
	like 'and keeps its name' "$out" '^init: sh ended with status 0; starting it again'
}

emergency() {
	KEEP_SHELL=
	rmdir "$root/run"
	: >"$root/run"
	script 'sleep 0.3; poweroff'
	tab '::sysinit:echo mark-sys' '::once:/script'
	boot "$status init.emergency" 'echo mark-emergency'
	is 'init.emergency: a shell before all else when a file system is missing' "$(marks)" 'emergency sys'
	like 'which is told with the reason' "$out" \
		'^init: cannot mount tmpfs on /run: a part of the path is not a directory; going on without$'
	boot "$status" 'echo mark-emergency'
	is 'and none that nobody asked for' "$(marks)" sys
	rm "$root/run"
	mkdir "$root/run"
}

for group in turns line_itself stdin crlf shells bad_lines stable storm failing stops together hangup needed_stop ctrlaltdel \
	restart restart_watchdog in_sysinit reload reload_gone reload_back reload_full lengths askfirst waiting needs circle settings surplus fail_closed process grace workload named_sh \
	thousand reload_own emergency; do
	clean
	group "$group"
done
done_testing
