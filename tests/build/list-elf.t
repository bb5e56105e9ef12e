#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usr/gen-list: what dynamic programs need, whether gen_init_cpio and a chroot
# make of the list what was meant, and what an interrupted run leaves.
# GEN_LIST and KERNEL_SRC as in list.t.

# The dollar signs in names are meant; CC may be two words.
# shellcheck disable=SC2016,SC2086
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
umask 022
export ASAN_OPTIONS=detect_leaks=0 LC_ALL=C

gl=$tmp/gen-list
if [ "${GEN_LIST:-}" ]; then
	ok "the gen-list to test is there" cp "$GEN_LIST" "$gl"
else
	ok "gen-list compiles with sanitizers" ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -g \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-o "$gl" -I scripts/lib usr/*.c scripts/lib/*.c -lelf -lcrypto
fi
mkdir "$tmp/b" "$tmp/b/usr" "$tmp/b/linux" "$tmp/s"
busybox_sh=$PWD/usr/busybox.sh
gen_cpio_c=
for tree in "${KERNEL_SRC:-/nonexistent}" "${XDG_CACHE_HOME:-$HOME/.cache}"/bzinit/linux*; do
	[ ! -f "$tree/usr/gen_init_cpio.c" ] || gen_cpio_c=$tree/usr/gen_init_cpio.c
done
cd "$tmp/s" || exit 1

gen() {
	(cd "$tmp/b" && "$gl" -o usr/list -s usr/files -I "$tmp/s" "$@" 2>&1)
}
list() {
	grep -v '^#' "$tmp/b/usr/list"
}
# unpack DIR: what the kernel would make of the list, but for device nodes.
unpack() {
	(cd "$tmp/b/linux" && ../gen_init_cpio -t 0 ../usr/list) >"$tmp/b/cpio" &&
		mkdir "$1" && (cd "$1" && cpio -idm --quiet <"$tmp/b/cpio" 2>&1)
}
# in_image DIR COMMAND...: run a command of the unpacked image, no other files
# but /proc, without which the loader does not know what $ORIGIN is.
in_image() {
	mkdir -p "$1/proc"
	unshare -Urm sh -c 'mount --rbind /proc "$1/proc"; exec chroot "$@"' in_image "$@"
}
echo 'void _start(void) { for (;;) ; }' | ${CC:-gcc} -nostdlib -static -o prog -x c -
echo 'file /init prog 0755 0 0' >init.list

# A program with a library of its own, found by $ORIGIN, which needs another.
mkdir -p opt/lib opt/more
echo 'int deep(void) { return 40; }' | ${CC:-gcc} -shared -o opt/more/libdeep.so.1.2 -Wl,-soname,libdeep.so.1 -x c -
ln -s libdeep.so.1.2 opt/more/libdeep.so.1
echo 'int deep(void); int mine(void) { return deep() + 2; }' |
	${CC:-gcc} -shared -o opt/lib/libmine.so -Wl,-soname,libmine.so -x c - -L opt/more -l:libdeep.so.1 \
		'-Wl,--enable-new-dtags,-rpath,$ORIGIN/../more'
printf '%s\n' '#include <stdio.h>' \
	'int mine(void); int main(void) { return printf("%d", mine()) < 0; }' |
	${CC:-gcc} -o opt/mine -x c - -L opt/lib -l:libmine.so -Wl,-rpath-link,opt/more '-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib'

# --- what is missing is said -----------------------------------------------------

interp=$(LC_ALL=C readelf -l opt/mine | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
cat >mine.list <<-END
	file /init prog 0755 0 0
	file /opt/mine opt/mine 0755 0 0
	file /opt/lib/libmine.so opt/lib/libmine.so 0644 0 0
END
out=$(gen "$tmp/s/mine.list")
like "a missing interpreter is a warning that says error -2" "$out" \
	"mine.list:2: warning: /opt/mine needs $interp, .*error -2; USR_LIBRARIES"
like "and names libraries of libraries" "$out" 'libdeep\.so\.1'
is "in one line" "$(echo "$out" | wc -l)" 1
ok "but no error" gen "$tmp/s/mine.list"
printf 'file /init opt/mine 0755 0 0\n' >dyninit.list
ok "not even for /init: one may want to see error -2" gen "$tmp/s/dyninit.list"
printf '#!/opt/python\n' >py
printf 'file /bin/py py 0755 0 0\n' >py.list
like "a script without its interpreter" "$(gen "$tmp/s/init.list" "$tmp/s/py.list")" \
	'warning: /bin/py is a script for /opt/python, .*error -2'

# Damaged programs: every length, and bytes turned over. None may stop it.
mkdir -p bad/bin && cp prog bad/init
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	head -c $((i * i * 9 - 4)) opt/mine >bad/bin/cut$i
	cp opt/mine bad/bin/flip$i
	printf '\377' | dd of=bad/bin/flip$i bs=1 seek=$((i * 13 + 3)) conv=notrunc status=none
done
chmod +x bad/bin/*
ok "damaged programs are no error" gen -L --overlay "$tmp/s/bad"
like "but a warning" "$(gen --overlay "$tmp/s/bad")" 'bad/bin/cut1: warning: /bin/cut1 is no ELF program'

head -c 5000 opt/mine >short
printf 'file /bin/short short 0755 0 0\n' >short.list
like "a program cut off behind its headers" "$(gen "$tmp/s/init.list" "$tmp/s/short.list")" \
	'short.list:1: warning: /bin/short is no ELF program, .*: it is cut short'

# --- or added --------------------------------------------------------------------

printf 'file /opt/more/libdeep.so.1 opt/more/libdeep.so.1 0644 0 0\n' >>mine.list
is "with -L nothing is left to say" "$(gen -L "$tmp/s/mine.list")" ''
like "the interpreter is there" "$(list)" "^(file|slink) $interp "
like "the C library too" "$(list)" '/libc\.so\.6 '
like "-v says what is added, and for whom" "$(gen -Lv "$tmp/s/mine.list")" 'libc.so.6 is added, /opt/mine needs it'
cat >usrmerge.list <<-END
	dir /usr/lib 0755 0 0
	slink /lib usr/lib 0777 0 0
	slink /lib64 usr/lib64 0777 0 0
END
is "where /lib is a link, they go where it leads" "$(gen -L "$tmp/s/mine.list" "$tmp/s/usrmerge.list")" ''
unlike "and nothing lies beneath the link" "$(list)" '^[a-z]* /lib(64)?/'
mkdir -p "$tmp/host"
cp -a opt "$tmp/host/"
is "a host program finds its libraries by \$ORIGIN" "$(gen -L "$tmp/s/init.list" --program "$tmp/host/opt/mine")" ''
like "the link of a library stays one" "$(list)" "^slink $tmp/host/opt/(lib/../)?more/libdeep.so.1 libdeep.so.1.2 0777 0 0"
printf 'file /opt/mine opt/mine 0755 0 0\nfile /init prog 0755 0 0\n' >half.list
like "what this machine lacks too is still said" "$(gen -L "$tmp/s/half.list")" 'needs libmine.so, .*this machine neither'
if [ -x /bin/sh ]; then
	printf '#!/bin/sh\nexec /opt/host\n' >script
	printf 'file /init script 0755 0 0\n' >script.list
	ok "-L adds a script's interpreter" gen -L "$tmp/s/script.list"
fi

# --- the archive -----------------------------------------------------------------

if [ ! "$gen_cpio_c" ] || ! command -v cpio >/dev/null; then
	skip "the archive" "no kernel tree or no cpio"
else
	ok "gen_init_cpio of the kernel compiles" ${HOSTCC:-gcc} -w -o "$tmp/b/gen_init_cpio" "$gen_cpio_c"
	cat >all.list <<-'END'
		nod /dev/console 0600 0 0 c 5 1
		file /init prog 4755 0 0
		file /z/é${HOME} prog 0700 1 2 /a/hard /m/hard
		slink /lnk z/é 0777 3 4
		pipe /p 0620 0 5
	END
	gen "$tmp/s/all.list" >/dev/null
	(cd "$tmp/b/linux" && ../gen_init_cpio -t 0 ../usr/list) >"$tmp/b/cpio"
	out=$(cpio -itvn --quiet <"$tmp/b/cpio" | sed 's/  */ /g')
	like "device node" "$out" '^crw------- 1 0 0 5, 1 Jan 1 1970 dev/console$'
	like "set-uid program, dated" "$out" '^-rwsr-xr-x 1 0 0 [0-9]+ Jan 1 1970 init$'
	like "hard links, in their directories" "$out" '^-rwx------ 3 1 2 [0-9]+ .* a/hard$'
	like "odd name" "$out" '^-rwx------ 3 1 2 [0-9]+ Jan 1 1970 z/.*HOME'
	like "symbolic link" "$out" '^lrwxrwxrwx 1 3 4 .* lnk -> z/'
	like "pipe" "$out" '^prw--w---- . 0 5 .* p$'
	order=$(cpio -it --quiet <"$tmp/b/cpio")
	is "directories before what they hold" "$(echo "$order" | grep -nxE 'z|a|m|a/hard' | cut -d : -f 2 | tail -n 1)" 'a/hard'
	is "nothing else" "$(echo "$order" | wc -l)" 11
	(cd "$tmp/b/linux" && ../gen_init_cpio -t 0 ../usr/list) | cmp - "$tmp/b/cpio" &&
		sleep 1 && touch prog && gen "$tmp/s/all.list" &&
		(cd "$tmp/b/linux" && ../gen_init_cpio -t 0 ../usr/list) >"$tmp/b/again"
	ok "same archive, whatever the source's time stamp" cmp "$tmp/b/cpio" "$tmp/b/again"

	gen -L "$tmp/s/mine.list" >/dev/null && unpack "$tmp/u1" >/dev/null
	if ! in_image / true 2>/dev/null; then
		skip "programs start in the image" "no user namespaces"
	else
		is "the dynamic program starts in the image" "$(in_image "$tmp/u1" /opt/mine 2>&1)" 42
		gen -L "$tmp/s/init.list" --program /bin/ls >/dev/null && unpack "$tmp/u2" >/dev/null
		like "so does this machine's ls" "$(in_image "$tmp/u2" /bin/ls / 2>&1)" '^init$'
		gen "$tmp/s/mine.list" >/dev/null && unpack "$tmp/u3" >/dev/null
		like "without -L it does not, as the warning said" "$(in_image "$tmp/u3" /opt/mine 2>&1)" 'No such file'
	fi
fi

# --- BusyBox ---------------------------------------------------------------------

like "no BusyBox: the option and the package" "$("$busybox_sh" /nope 2>&1)" \
	'^bzinit: USR_BUSYBOX_PATH: /nope does not exist: .*busybox-static'
like "another program" "$("$busybox_sh" /bin/true 2>&1)" 'USR_BUSYBOX_PATH: /bin/true is no BusyBox'
like "one that cannot run" "$({ head -c 2000 opt/mine; echo "BusyBox v1"; } >broken; chmod +x broken && "$busybox_sh" ./broken 2>&1)" \
	'USR_BUSYBOX_PATH: ./broken does not run'
not_ok_cmd "a directory is none" "$busybox_sh" /
if [ -x /bin/busybox ] && /bin/busybox --list-full >/dev/null 2>&1; then
	"$busybox_sh" /bin/busybox >bb.list
	ok "its list is taken" gen "$tmp/s/init.list" "$tmp/s/bb.list"
	like "a shell" "$(list)" '^slink /bin/sh /bin/busybox 0777 0 0$'
	unlike "PID 1 is ours" "$(list)" '/sbin/init|/linuxrc'
else
	skip "BusyBox's list" "no /bin/busybox"
fi

# --- interrupted -----------------------------------------------------------------

truncate -s 400M big
printf 'file /init prog 0755 0 0\nfile /big big 0644 0 0\n' >big.list
before=$(cat "$tmp/b/usr/list")
for sig in INT TERM HUP; do
	# A shell in the background ignores INT, and so would what it starts.
	(cd "$tmp/b" && exec env --default-signal=INT "$gl" -o usr/list -s usr/files "$tmp/s/big.list") &
	pid=$!
	until find "$tmp/b/usr/files" -name '.tmp.*' | grep -q . || ! kill -0 $pid 2>/dev/null; do
		sleep 0.02
	done
	kill -s $sig $pid
	wait $pid 2>/dev/null
	rc=$?
	ok "SIG$sig ends it as a signal does" test $rc -gt 128
	is "and nothing half-written is left" "$(find "$tmp/b" -name '.*tmp*')" ''
done
is "the list is the old one" "$(cat "$tmp/b/usr/list")" "$before"
rm big

if [ "$(id -u)" -eq 0 ] && mkdir "$tmp/full" && mount -t tmpfs -o size=256k none "$tmp/full" 2>/dev/null; then
	mkdir "$tmp/full/usr"
	head -c 300000 /dev/urandom >large
	printf 'file /init prog 0755 0 0\nfile /large large 0644 0 0\n' >large.list
	out=$(cd "$tmp/full" && "$gl" -o usr/list -s usr/files "$tmp/s/large.list" 2>&1)
	like "a full disk is said in one line" "$out" '^gen-list: cannot write .*No space left'
	is "and leaves no list and nothing half-written" "$(find "$tmp/full" -name 'list' -o -name '.*tmp*')" ''
	umount "$tmp/full"
else
	skip "a full disk" "cannot mount a tmpfs"
fi
done_testing
