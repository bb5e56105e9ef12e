#!/bin/sh
# shellcheck disable=SC2012,SC2016,SC2094,SC2317 # functions are called by name; ls lists our own names
# SPDX-License-Identifier: GPL-2.0-only
#
# The output of each C program of this machine appears whole or not at all, and
# no device, pipe or link is replaced by a file. A device is made in $tmp, where
# that is permitted: the machine's own are not risked.

. tests/tools/anatomy-lib.sh
build_tools

cc="${HOSTCC:-gcc} -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -I scripts/lib
	-fsanitize=address,undefined -fno-sanitize-recover=all"
# Compile a program and what is in scripts/lib
host() {
	_to=$1
	shift
	# shellcheck disable=SC2086
	$cc -o "$_to" "$@" scripts/lib/*.c -lelf -lcrypto
}
cat >"$tmp/driver.c" <<'END'
/* driver FILE [exit | SIGNAL]: write "new" to FILE; end before it is closed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "outfile.h"

int main(int argc, char **argv)
{
	if (outfile_open(argv[1]) || outfile_write("new\n", 4)) {
		fprintf(stderr, "cannot write %s: %s\n", argv[1], outfile_why());
		return 1;
	}
	if (argc > 2 && !strcmp(argv[2], "exit"))
		exit(3);
	if (argc > 2)
		raise(atoi(argv[2]));
	if (outfile_close()) {
		fprintf(stderr, "cannot write %s: %s\n", argv[1], outfile_why());
		return 1;
	}
	return 0;
}
END
ok 'a program that writes a file compiles' host "$tmp/driver" "$tmp/driver.c"
ok 'check-fragments compiles' host "$tmp/check-fragments" scripts/kconfig/check-fragments.c
ok 'gen-list compiles' host "$tmp/gen-list" usr/*.c
export ASAN_OPTIONS=detect_leaks=0

d=$tmp/d
mkdir "$d"
echo 'CONFIG_A=y' >"$tmp/fragment"
printf '# %s:1\nCONFIG_A=y\n' "$tmp/fragment" >"$tmp/is.fragments"
mk "$tmp/vm" vmlinux initramfs="$tmp/cpio"
cp "$tmp/cpio" "$tmp/is.anatomy"
printf 'dir /a 0755 0 0\n' >"$tmp/list"
echo new >"$tmp/is.driver"

# Each writes what is in $tmp/is.NAME to FILE.
driver() {
	timeout 20 "$tmp/driver" "$1"
}
fragments() {
	timeout 20 "$tmp/check-fragments" --join -o "$1" "$tmp/fragment"
}
anatomy() {
	timeout 20 "$anatomy" --extract initramfs -o "$1" "$tmp/vm"
}
genlist() {
	timeout 20 "$tmp/gen-list" --no-init -s "$tmp/stage" -o "$1" "$tmp/list"
}
genlist "$tmp/is.genlist"
# only PROGRAM: nothing else is in the directory than what is said to be
left() {
	is "$1: nothing else is there" "$(ls -A "$d" | tr '\n' ' ')" "$2"
	rm -rf "${d:?}"
	mkdir "$d"
}

for p in driver fragments anatomy genlist; do
	want=$tmp/is.$p
	ok "$p: a new file" "$p" "$d/f"
	ok '... has the bytes' cmp "$d/f" "$want"
	is '... and the mode that the umask leaves' "$(stat -c %a "$d/f")" "$(printf %o $((0666 & ~$(umask))))"
	echo old >"$d/f"
	chmod 640 "$d/f"
	ok "$p: an old file" "$p" "$d/f"
	ok '... has the bytes' cmp "$d/f" "$want"
	is '... and the old mode' "$(stat -c %a "$d/f")" 640
	left "$p" 'f '

	mkdir "$d/sub"
	echo old >"$d/sub/target"
	ln -s sub/target "$d/one"
	ln -s "$d/one" "$d/two"
	ok "$p: a link to a link" "$p" "$d/two"
	ok '... the target has the bytes' cmp "$d/sub/target" "$want"
	is '... and the links stay' "$(readlink "$d/two") $(readlink "$d/one")" "$d/one sub/target"
	is '... without a trace' "$(ls -A "$d/sub")" target
	rm "$d/sub/target"
	ok "$p: a link to nothing" "$p" "$d/one"
	ok '... its target is created' cmp "$d/sub/target" "$want"
	left "$p" 'one sub two '

	mkfifo "$d/fifo"
	timeout 10 cat "$d/fifo" >"$tmp/got" &
	ok "$p: a pipe" timeout 10 sh -c ': >"$1"' - "$d/fifo"
	wait
	timeout 10 cat "$d/fifo" >"$tmp/got" &
	ok '... is written to' "$p" "$d/fifo"
	[ -p "$d/fifo" ] || : >"$d/fifo"
	wait
	ok '... gets the bytes' cmp "$tmp/got" "$want"
	ok '... and stays one' test -p "$d/fifo"
	left "$p" 'fifo '

	if mknod "$d/null" c 1 3 2>/dev/null && : >"$d/null"; then
		ln -s null "$d/link"
		ok "$p: a device, behind a link" "$p" "$d/link"
		ok '... stays one' test -c "$d/null"
		ok "$p: a device" "$p" "$d/null"
		ok '... stays one' test -c "$d/null"
		mknod "$d/full" c 1 7
		not_ok_cmd "$p: a full device" "$p" "$d/full"
		like '... is said in one line' "$_out" 'cannot write .*full: No space left on device: free some space'
		is '... one' "$(printf '%s\n' "$_out" | wc -l)" 1
		left "$p" 'full link null '
	else
		skip "$p: a device" 'mknod is not permitted here'
	fi

	long=$(printf '%0255d' 0)
	ok "$p: a name of 255 bytes" "$p" "$d/$long"
	left "$p" "$long "

	mkdir "$d/dir"
	not_ok_cmd "$p: a directory" "$p" "$d/dir"
	like '... is said' "$_out" 'cannot write .*dir: Is a directory: give the name of a file'
	not_ok_cmd "$p: no such directory" "$p" "$d/none/f"
	like '... is said' "$_out" 'cannot write .*none/f: No such file or directory: make its directory first'
	left "$p" 'dir '

	echo old >"$d/f"
	_out=$( (ulimit -f 0; exec 2>&1; "$p" "$d/f") | cat)
	like "$p: a file that may not grow" "$_out" 'cannot write .*/f: File too large: .*the old file is as it was'
	is '... is the old one' "$(cat "$d/f")" old
	left "$p" 'f '
done

for n in 1 2 13 15; do
	echo old >"$d/f"
	sh -c '"$@"' - env --default-signal "$tmp/driver" "$d/f" $n >/dev/null 2>&1
	is "signal $n ends it" $? $((128 + n))
	is '... the old file is there' "$(cat "$d/f")" old
	left '... then' 'f '
done
"$tmp/driver" "$d/f" exit
is 'an exit before the end' $? 3
left '... then' ''
python3 - "$tmp/driver" "$d/socket" <<'END'
import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
s.listen()
s.settimeout(10)
p = subprocess.Popen(sys.argv[1:])
c = s.accept()[0]
got = c.makefile("rb").read()
sys.exit(p.wait() or got != b"new\n")
END
is 'a socket gets the bytes' $? 0
left 'a socket' 'socket '
# As /dev/stdout is
ln -s /proc/self/fd/1 "$d/stdout"
is 'a link to standard output' "$({ echo one; "$tmp/driver" "$d/stdout"; echo two; } | tr '\n' ' ')" 'one new two '
{ echo one; "$tmp/driver" "$d/stdout"; echo two; } >"$d/f"
is '... also a file, behind what it has' "$(tr '\n' ' ' <"$d/f")" 'one new two '
{ rm "$d/f"; "$tmp/driver" /proc/self/fd/3; } 3>"$d/f"
left 'a file that was removed' 'stdout '
is 'anatomy: - is standard output' "$("$anatomy" --extract initramfs -o - "$tmp/vm" | cmp - "$tmp/cpio" 2>&1; ls ./- 2>&1)" \
	"$(ls ./- 2>&1)"
ln -s loop "$d/loop"
not_ok_cmd 'a link to itself' "$tmp/driver" "$d/loop"
left '... then' 'loop '

# Where root may do everything, somebody else may not.
user=
[ "$(id -u)" -ne 0 ] || user='setpriv --reuid 65534 --regid 65534 --clear-groups'
if $user true 2>/dev/null; then
	chmod 755 "$tmp" "$tmp/driver"
	echo old >"$d/f"
	chmod 666 "$d/f"
	chmod 555 "$d"
	# shellcheck disable=SC2086
	not_ok_cmd 'a directory that is write-protected' $user "$tmp/driver" "$d/f"
	like '... is said' "$_out" 'f: its directory cannot be written, which'
	chmod 777 "$d"
	is '... the old file is there' "$(cat "$d/f")" old
	chmod 444 "$d/f"
	# shellcheck disable=SC2086
	not_ok_cmd 'a file that is write-protected' $user "$tmp/driver" "$d/f"
	like '... is said' "$_out" 'f: Permission denied'
	is '... the old file is there' "$(cat "$d/f")" old
	left '... then' 'f '
else
	skip 'write-protection' 'setpriv does not work here'
fi
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k none "$d" 2>/dev/null; then
	echo old >"$d/f"
	chown 65534:1 "$d/f"
	ok 'a file of somebody else' "$tmp/driver" "$d/f"
	is '... stays his' "$(stat -c %u:%g "$d/f")" 65534:1
	echo old >"$d/f"
	head -c 100000 /dev/zero >"$d/filler" 2>/dev/null
	for p in driver fragments anatomy; do
		not_ok_cmd "$p: a full disk" "$p" "$d/f"
		like '... is said' "$_out" 'cannot write .*f: No space left on device: free some space .*old file is as it was'
		is '... the old file is there' "$(cat "$d/f") $(ls -A "$d" | tr '\n' ' ')" 'old f filler '
	done
	umount "$d"
else
	skip 'a full disk' 'a tmpfs cannot be mounted here'
fi
done_testing
