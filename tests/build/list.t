#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usr/gen-list: what goes into the initramfs, and what is refused.
# GEN_LIST=program tests that one; otherwise it is built with sanitizers.
# KERNEL_SRC=tree (or a tree in the cache) lends its gen_init_cpio.

# The dollar signs in names are meant; CC may be two words.
# shellcheck disable=SC2016,SC2086,SC2317
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
umask 022
chmod 755 "$tmp"
export ASAN_OPTIONS=detect_leaks=0 LC_ALL=C

gl=$tmp/gen-list
if [ "${GEN_LIST:-}" ]; then
	ok "the gen-list to test is there" cp "$GEN_LIST" "$gl"
else
	ok "gen-list compiles without a warning" \
		${CC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-o "$gl" -I scripts/lib usr/*.c scripts/lib/*.c -lelf -lcrypto
fi
mkdir "$tmp/b" "$tmp/b/usr" "$tmp/b/linux" "$tmp/s"
cd "$tmp/s" || exit 1
echo 'void _start(void) { for (;;) ; }' | ${CC:-gcc} -nostdlib -static -o prog -x c -
echo 'int main(void) { return 0; }' | ${CC:-gcc} -o dynamic -x c -
echo hello >hello
printf 'file /init prog 0755 0 0\n' >init.list

# gen ARGUMENTS: run gen-list as the build does, everything it says on stdout.
gen() {
	(cd "$tmp/b" && "$gl" -o usr/list -s usr/files -I "$tmp/s" "$@" 2>&1)
}
list() {
	grep -v '^#' "$tmp/b/usr/list"
}
# l LINES: a list of these lines, with an /init.
l() {
	{
		cat "$tmp/s/init.list"
		printf '%s\n' "$@"
	} >"$tmp/s/t.list"
}
hash() {
	sha256sum "$1" | cut -d ' ' -f 1
}
prog=../usr/files/$(hash prog)
hello=../usr/files/$(hash hello)

# --- what is refused, each by file and line ------------------------------------

# refuse NAME ERE LINE...: the line (the second of its list) is refused.
refuse() {
	name=$1 want=$2
	shift 2
	l "$@"
	rm -f "$tmp/b/usr/list"
	if out=$(gen "$tmp/s/t.list") || [ -e "$tmp/b/usr/list" ]; then
		result 1 "refused: $name"
		diag "$out"
	else
		like "refused: $name" "$out" "^[^ ]*/t\.list:2: .*$want"
	fi
}
long=$(printf '%0300d' 0)
deep=$(printf '/%0200d' $(seq 21) | tr -d ' ')
refuse 'missing file' 'no such file: nope .*looked at' 'file /a nope 0644 0 0'
refuse 'missing file, absolute' 'no such file: /nope' 'file /a /nope 0644 0 0'
refuse 'a directory as a file' 'is a directory' 'file /a /usr 0644 0 0'
refuse 'a device as a file' 'not a regular file' 'file /a /dev/null 0644 0 0'
truncate -s 5G huge
refuse 'file beyond 4 GiB' 'larger than 4 GiB' 'file /a huge 0644 0 0'
refuse 'unknown type' 'unknown type "fiel"' 'fiel /a hello 0644 0 0'
refuse 'missing fields' '2 fields are missing: file NAME' 'file /a hello 0644'
refuse 'dir without owner' 'dir NAME MODE' 'dir /a 0755'
refuse 'nod without minor' 'nod NAME' 'nod /a 0600 0 0 c 5'
refuse 'slink without mode' 'slink NAME' 'slink /a b'
refuse 'trailing garbage' '"x" is one field too many' 'dir /a 0755 0 0 x'
refuse 'a comment as hard link' 'must begin with /' 'file /a hello 0644 0 0 # mine'
refuse 'mode that is not octal' 'bad mode "0798"' 'dir /a 0798 0 0'
refuse 'mode with a sign' 'bad mode "-755"' 'dir /a -755 0 0'
refuse 'mode with type bits' 'bad mode "0100644"' 'file /a hello 0100644 0 0'
refuse 'symbolic mode' 'bad mode "u\+rwx"' 'dir /a u+rwx 0 0'
refuse 'user by name' 'bad user id "root"' 'dir /a 0755 root 0'
refuse 'user out of range' 'bad user id "4294967295"' 'dir /a 0755 4294967295 0'
refuse 'group -1' 'bad group id "-1"' 'dir /a 0755 0 -1'
refuse 'bad device type' 'bad device type "x"' 'nod /a 0600 0 0 x 5 1'
refuse 'bad major' 'bad major number "4096"' 'nod /a 0600 0 0 c 4096 1'
refuse 'bad minor' 'bad minor number "1048576"' 'nod /a 0600 0 0 c 1 1048576'
refuse 'name that escapes' '"\.\." leads out' 'dir /a/../../b 0755 0 0'
refuse 'hard link that escapes' '"\.\." leads out' 'file /a hello 0644 0 0 /x/..'
refuse 'relative name' 'must begin with /' 'dir a 0755 0 0'
refuse 'the root directory' 'made by the kernel' 'dir / 0700 0 0'
refuse 'name that ends the archive' 'ends a cpio archive' 'file /TRAILER!!! hello 0644 0 0'
refuse 'component too long' 'component of 300 bytes' "dir /$long 0755 0 0"
refuse 'name too long' 'name of 4221 bytes' "dir $deep 0755 0 0"
refuse 'variable in a source' 'variables are not expanded' 'file /a ${HOME}/x 0644 0 0'
refuse 'file that is a directory elsewhere' '/a/b needs the directory /a, which is a file \(.*t\.list:3\)' \
	'dir /a/b 0755 0 0' 'file /a hello 0644 0 0'
refuse 'entry beneath a symbolic link' 'needs the directory /a, which is a symbolic link' \
	'file /a/b hello 0644 0 0' 'slink /a /c 0777 0 0'
refuse 'hard links beyond one line' 'gen_init_cpio takes 8241' \
	"file /a hello 0644 0 0 $(seq -s ' ' -f '/%g-0123456789012345678901234567' 300)"

l 'bad 1' 'dir /ok 0755 0 0' 'bad 2' 'nod'
is "all errors are told at once" "$(gen "$tmp/s/t.list" | grep -c 't\.list:[245]: ')" 3
yes bad | head -n 60 >many.list
is "but not sixty" "$(gen many.list -I . "$tmp/s/many.list" | wc -l)" 21
printf 'dir /a 0755 0 0\n\0\n' >nul.list
like "NUL bytes are refused" "$(gen "$tmp/s/nul.list")" 'nul.list:2: a NUL byte'
like "missing list" "$(gen /nope.list)" '^/nope.list: cannot read .* No such file'
like "directory as a list" "$(gen "$tmp/s")" 'USR_OVERLAYS'
like "missing overlay" "$(gen --overlay /nope)" '^/nope: no such directory'
like "relative program" "$(gen --program bin/ls)" 'USR_PROGRAMS: bin/ls: write the path from /'
like "program that is not executable" "$(gen "$tmp/s/init.list" --program "$tmp/s/hello")" 'USR_PROGRAMS: .*not executable'
like "missing program for /init" "$(gen --init /nope)" 'INIT_BINARY_PATH: /init: no such file: /nope'
like "bad time stamp" "$(gen -t 99999999999 "$tmp/s/init.list")" '^gen-list: -t 99999999999: '
echo secret >secret && chmod 000 secret
l 'file /a secret 0600 0 0'
chmod 777 "$tmp/b/usr"
if [ "$(id -u)" -ne 0 ]; then
	out=$(gen "$tmp/s/t.list")
else
	out=$(cd "$tmp/b" && setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$gl" -o usr/list -s usr/files "$tmp/s/t.list" 2>&1)
fi
like "refused: unreadable file" "$out" 't\.list:2: /a: cannot read .*Permission denied'

# --- /init ----------------------------------------------------------------------

# init NAME ERE LINE...: an image of these lines has no good /init.
init() {
	name=$1 want=$2
	shift 2
	printf '%s\n' "$@" >t.list
	rm -f "$tmp/b/usr/list"
	if out=$(gen "$tmp/s/t.list") || [ -e "$tmp/b/usr/list" ]; then
		result 1 "/init refused: $name"
		diag "$out"
	else
		like "/init refused: $name" "$out" "$want"
	fi
}
printf 'echo hi\n' >text
printf '#!/bin/sh\n' >script
printf '#! /bin/sh\r\n' >dos
printf '#!/init\n' >self
printf '#!%s\n' "$long" >toolong
: >empty
echo 'int x;' | ${CC:-gcc} -c -o object -x c -
head -c 100 prog >truncated
init absent 'no source has an /init' 'dir /a 0755 0 0'
init 'not executable' 't.list:1: .*0644.*error -13' 'file /init prog 0644 0 0'
init 'a directory' 'is a dir, not a program' 'dir /init 0755 0 0'
init 'dangling link' 't.list:1: /init leads to /sbin/init, but it is not in the image' 'slink /init sbin/init 0777 0 0'
init 'link loop' 'round in circles' 'slink /init /a 0777 0 0' 'slink /a init 0777 0 0'
init 'link through a file' 'no directory' 'file /f prog 0755 0 0' 'slink /init /f/x 0777 0 0'
init 'text without #!' 'error -8' 'file /init text 0755 0 0'
init 'empty' 'is empty.*error -8' 'file /init empty 0755 0 0'
init 'script without its interpreter' '/bin/sh.*error -2' 'file /init script 0755 0 0'
init 'script with DOS line ends' 'for /bin/sh.x0d, .*error -2' 'file /init dos 0755 0 0' 'file /bin/sh prog 0755 0 0'
init 'script that is its own interpreter' 'error -40' 'file /init self 0755 0 0'
init 'script whose first line is too long' 'names no interpreter' 'file /init toolong 0755 0 0'
init 'script whose interpreter is not executable' 'sh \(0644\) is not executable' \
	'file /init script 0755 0 0' 'file /bin/sh prog 0644 0 0'
init 'object file' 'no program' 'file /init object 0755 0 0'
init 'truncated ELF' 'begins like one.*error -8' 'file /init truncated 0755 0 0'
if [ "$(uname -m)" = x86_64 ]; then
	printf 'file /init prog 0755 0 0\n' >t.list
	like "/init refused: another architecture" "$(gen -a arm64 "$tmp/s/t.list")" 'another architecture, the kernel is for arm64'
	ok "/init of this architecture" gen -a x86_64 "$tmp/s/t.list"
fi
ok "--no-init: none is needed" gen --no-init --overlay "$tmp/b/linux"
printf '%s\n' 'file /init script 0755 0 0' 'slink /bin /usr/bin 0777 0 0' 'slink /usr/bin/sh ../../sbin/box 0777 0 0' 'file /sbin/box prog 04755 0 0' >t.list
ok "an /init whose interpreter is behind links" gen "$tmp/s/t.list"

# --- the list -------------------------------------------------------------------

cat >order.list <<-END
	# comment

	  # another
	file /init prog 0755 0 0
	file /z/y/x hello 4711 7 8
	nod /dev/console 0600 0 0 c 5 1
	slink /lnk z/y 0777 1 2
	pipe /p 0600 0 0
	sock //s/. 0600 0 0
	dir /z-a/ 0700 3 4
	file /m hello 0640 0 5 /zz/l /a/l
END
want="dir /a 0755 0 0
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
file /init $prog 0755 0 0
slink /lnk z/y 0777 1 2
pipe /p 0600 0 0
sock /s 0600 0 0
dir /z 0755 0 0
dir /z-a 0700 3 4
dir /z/y 0755 0 0
file /z/y/x $hello 4711 7 8
dir /zz 0755 0 0
file /zz/l $hello 0640 0 5 /a/l /m"
ok "a list is taken" gen "$tmp/s/order.list"
is "sorted, parents made, owners and set-uid kept, hard links on one line" "$(list)" "$want"
is "the file is staged, dated 0, mode 0644" \
	"$(stat -c '%a %Y %s' "$tmp/b/linux/$hello")" '644 0 6'
touch "$tmp/b/usr/files/$(printf '%064d' 0)" "$tmp/b/usr/files/.tmp.1"
kept="mine $(printf '%064d' 0).mine $(printf '%063d' 0)z"
for f in $kept; do touch "$tmp/b/usr/files/$f"; done
before=$(stat -c '%Y %Z %i' "$tmp/b/usr/list" "$tmp/b/linux/$hello")
is "nothing to say the second time" "$(gen -p CHANGED "$tmp/s/order.list")" ''
is "and nothing is replaced" \
	"$(stat -c '%Y %Z %i' "$tmp/b/usr/list" "$tmp/b/linux/$hello")" "$before"
is "copies that nobody names are removed, other files not" "$(find "$tmp/b/usr/files" -type f -printf "%f\n" | sort | tr '\n' ' ')" \
	"$(printf '%s\n' "$(hash prog)" "$(hash hello)" $kept | sort | tr '\n' ' ')"
touch -r hello stamp && echo hullo >hello && touch -r stamp hello
like "new content under the old time stamp changes the list" "$(gen -p CHANGED "$tmp/s/order.list")" "^CHANGED \\(3 files, [0-9.]+ KiB\\)$"
like "by the file's hash" "$(list)" "$(hash hello)"
echo hello >hello
gen -t 86400 "$tmp/s/order.list" >/dev/null
is "-t dates the copies" "$(stat -c %Y "$tmp/b/linux/$hello" "$tmp/b/linux/$prog" | tr '\n' ' ')" '86400 86400 '
cp "$tmp/b/usr/list" old.list && echo new >new
l 'file /new new 0644 0 0' 'bad' && gen "$tmp/s/t.list" >/dev/null
ok "a failing run stages nothing" test ! -e "$tmp/b/usr/files/$(hash new)"
ok "a failing run leaves the list alone" cmp old.list "$tmp/b/usr/list"
is "and nothing half-written" "$(find "$tmp/b" -name '*tmp*')" ''

mkdir "$tmp/b2" "$tmp/b2/usr"
(cd "$tmp/b2" && umask 077 && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$gl" -o usr/list -s usr/files -t 86400 "$tmp/s/order.list")
ok "same list elsewhere, under another umask and locale" cmp old.list "$tmp/b2/usr/list"
is "same mode and time of the copies" "$(stat -c '%a %Y' "$tmp/b2/usr/files/$(hash prog)")" '644 86400'

printf '%s\n' 'file /m prog 0755 0 0' 'dir /z 0750 0 0' 'dir /z-a 0700 3 4' >later.list
out=$(gen -v "$tmp/s/order.list" "$tmp/s/later.list")
like "-v: what replaces what" "$out" '/m: file 0640 of .*order.list:11 is replaced by file 0755 of .*later.list:1'
unlike "-v: the same again is no news" "$out" '/z-a'
like "the later one counts" "$(list)" "^file /m $prog 0755 0 0\$"
like "the other hard links stay together" "$(list)" "^file /zz/l $hello 0640 0 5 /a/l\$"
like "an explicit directory is honoured" "$(list)" '^dir /z 0750 0 0$'
unlike "without -v it is silent" "$(gen "$tmp/s/order.list" "$tmp/s/later.list")" .
printf 'file /init prog 0755 0 0\r\nfile /a hello 0644 0 0\r\n' >crlf.list
ok "DOS line ends do no harm" gen "$tmp/s/crlf.list"
like "a list's own directory comes before -I" "$(cd "$tmp/b" && echo other >hello &&
	"$gl" -o usr/list -s usr/files -I . "$tmp/s/order.list"; list)" "x $hello"

# --- overlays -------------------------------------------------------------------

o=$tmp/s/over
mkdir -p "$o/etc/empty" "$o/bin" && cp prog "$o/init" && echo motd >"$o/etc/motd"
ln "$o/etc/motd" "$o/bin/motd2" && ln -s ../etc/motd "$o/bin/link" && ln -s / "$o/bin/root" && mkfifo "$o/fifo"
chmod 4755 "$o/init" && chmod 1777 "$o/etc/empty" && chmod 600 "$o/fifo"
ok "an overlay is taken" gen --overlay "$o/"
motd=../usr/files/$(hash "$o/etc/motd")
want="dir /bin 0755 0 0
slink /bin/link ../etc/motd 0777 0 0
slink /bin/root / 0777 0 0
dir /etc 0755 0 0
dir /etc/empty 1777 0 0
file /etc/motd $motd 0644 0 0 /bin/motd2
pipe /fifo 0600 0 0
file /init $prog 4755 0 0"
is "modes, set-uid, links, pipes are kept, owners are root" "$(list)" "$want"
if [ "$(id -u)" -eq 0 ]; then
	chown 1234:56 "$o/etc/motd"
	gen --overlay "$o" >/dev/null
	like "owners are squashed" "$(list)" '^file /etc/motd [^ ]* 0644 0 0 '
	gen --overlay "$o" --keep-owner >/dev/null
	like "--keep-owner keeps them" "$(list)" '^file /etc/motd [^ ]* 0644 1234 56 '
	if mknod "$o/disk" b 8 300 2>/dev/null; then
		gen --overlay "$o" >/dev/null
		like "device nodes of an overlay" "$(list)" '^nod /disk 06[0-9]* 0 0 b 8 300$'
		rm "$o/disk"
	else
		skip "device nodes of an overlay" "mknod is not permitted"
	fi
else
	skip "owners" "not root"
fi
ln -s over link
gen --overlay "$tmp/s/link" >/dev/null
is "an overlay behind a link" "$(list)" "$want"
printf 'dir /etc 0700 0 0\nslink /etc/motd /nope 0777 0 0\n' >under.list
like "an overlay replaces what a list had" "$(gen -v "$tmp/s/under.list" --overlay "$o")" \
	'/etc/motd: slink 0777 of .*under.list:2 is replaced by file 0644 of .*over/etc/motd'

mkdir -p git/.git git/sub && cp prog git/init && touch 'git/.git/a b' git/sub/.git git/.gitignore
like "a .git is left out, and the first is named once" "$(gen -p DONE --overlay "$tmp/s/git")" \
	'^gen-list: [^ ]*/git/.git is left out, as is every .git of an overlay'
is "... when the list changes" "$(gen -p DONE --overlay "$tmp/s/git")" ''
is "... wherever it is" "$(list | cut -d ' ' -f 2 | tr '\n' ' ')" '/.gitignore /init /sub '
printf 'file /sub/.git git/sub/.git 0644 0 0\n' >git.list
gen --overlay "$tmp/s/git" "$tmp/s/git.list" >/dev/null
like "... a list can name it" "$(list)" '^file /sub/.git '
mkdir -p attr/sub && cp prog attr/init && cp hello attr/sub/first && cp hello attr/sub/second
# attribute NAME VALUE FILE
attribute() { python3 -c 'import os, sys; os.setxattr(sys.argv[3], sys.argv[1], bytes.fromhex(sys.argv[2]))' "$@" 2>/dev/null; }
if attribute user.note 61 attr/sub/second && attribute user.note 61 attr/sub/first; then
	said=$(gen -p DONE --overlay "$tmp/s/attr")
	like "an attribute that is lost is named" "$said" "^gen-list: warning: $tmp/s/attr/sub/first: user\.note is not in the image"
	is "... once for the image" "$(printf '%s\n' "$said" | grep -c 'is not in the image')" 1
	is "... and not again as long as the list is the same" "$(gen -p DONE --overlay "$tmp/s/attr")" ''
else
	skip "an attribute that is lost is named" 'this file system has none'
fi
if attribute security.capability 0100000200200000000000000000000000000000 prog; then
	l 'file /sbin/ping prog 0755 0 0'
	like "so is a file capability, in a list" "$(gen -p DONE "$tmp/s/t.list")" "/prog: security\.capability is not in the image"
	cp --remove-destination prog prog.new && mv prog.new prog
else
	skip "so is a file capability, in a list" 'needs root'
fi
mkdir large && cp prog large/init && truncate -s 1025M large/big && ln large/big large/same
rm -rf "$tmp/b/usr/files"
like "more than the kernel takes is refused" "$(gen --overlay "$tmp/s/large")" \
	'^gen-list: the files in the image have 1025 MiB, and the kernel takes at most 1024: '
ok "... before a byte is staged" test ! -e "$tmp/b/usr/files"
truncate -s 3M large/big
like "how much goes in is said" "$(gen -p DONE --overlay "$tmp/s/large")" '^DONE \(2 files, 3\.0 MiB\)$'

# odd NAME ERE: an overlay with a file of this name is refused.
odd() {
	mkdir -p "$tmp/s/odd/$(dirname "$1")" && cp prog "$tmp/s/odd/init"
	: >"$tmp/s/odd/$1"
	rm -f "$tmp/b/usr/list"
	out=$(gen --overlay "$tmp/s/odd") && diag "rc 0"
	like "overlay refused: $3" "$out" "$2"
	[ ! -e "$tmp/b/usr/list" ] || result 1 "no list was made"
	is "in one line" "$(printf '%s\n' "$out" | wc -l)" 1
	rm -r "$tmp/s/odd"
}
odd 'a b' '/odd/a b: /a b: white space' 'blank in a name'
odd 'x
file /sbin/su prog 4755 0 0' '/x.x0afile ?: .*white space' 'a newline that would be a line'
odd "$(printf 'a\tb')" 'a.x09b: white space' 'tab in a name'
odd 'TRAILER!!!' 'ends a cpio' 'name that ends the archive'
mkdir odd && cp prog odd/init && ln -s 'a b' odd/l
like "overlay refused: blank in a link's target" "$(gen --overlay "$tmp/s/odd")" 'link.s target "a b"'
rm odd/l && touch 'odd/${HOME}' 'odd/#x' 'odd/$(x)' 'odd/é' 'odd/-n' odd/%s
ok "names that are only unusual are taken" gen --overlay "$tmp/s/odd"
is "as they are" "$(list | cut -d ' ' -f 2 | tr '\n' ' ')" '/#x /$(x) /${HOME} /%s /-n /init /é '

# --- what is staged -------------------------------------------------------------

gen "$tmp/s/order.list" >/dev/null
copy=$tmp/b/linux/$hello
# spoil COMMAND...: change the staged copy, which is $copy, behind gen-list's back.
spoil() {
	touch -d 2001-01-01 "$tmp/b/usr/list"
	"$@"
	touch -d @0 "$copy"
	gen "$tmp/s/order.list"
}
ok "a copy with the right size and time and other bytes, as after a power loss" spoil dd if=/dev/zero of="$copy" bs=1 count="$(stat -c %s hello)" status=none
ok "... is made again" cmp hello "$copy"
ok "... and the list is new, for what is made from it" test "$tmp/b/usr/list" -nt hello
ok "so is one that is cut short" spoil truncate -s 3 "$copy"
ok "..." cmp hello "$copy"
ok "one that may not be read by others is again" spoil chmod 600 "$copy"
is "..." "$(stat -c '%a %Y' "$copy")" '644 0'
is "... and then the list stays" "$(stat -c %y "$tmp/b/usr/list" | cut -d ' ' -f 1)" 2001-01-01
rm "$copy" && mkdir "$copy"
like "a directory in its place is said" "$(gen "$tmp/s/order.list")" '^gen-list: cannot stage a file at usr/files/'
rmdir "$copy"
if [ -r /proc/sys/kernel/random/uuid ]; then
	l 'file /changes /proc/sys/kernel/random/uuid 0644 0 0'
	like "a source that changes while it is read is said" "$(gen "$tmp/s/t.list")" \
		'^gen-list: /proc/sys/kernel/random/uuid changes while it is read: wait'
else
	skip "a source that changes while it is read" "there is no /proc/sys/kernel/random/uuid"
fi
# No name of this machine gets into what make reads: there is the list, and copies.
w="$tmp/s/wéird \$x #1 a=b %c&"
mkdir "$w" && cp prog "$w/init" && touch "$w/a!=touch\${IFS}pwned"
rm -rf "$tmp/b/usr" && mkdir "$tmp/b/usr" && gen --overlay "$w" >/dev/null
is "nothing but the list and the copies is written" "$(cd "$tmp/b/usr" && ls -A)" 'files
list'
is "... whose names are hashes" "$(find "$tmp/b/usr/files" -type f | grep -cvE '/[0-9a-f]{64}$')" 0

done_testing
