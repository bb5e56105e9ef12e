# SPDX-License-Identifier: GPL-2.0-only
#
# PID 1 in a PID namespace of this machine: no kernel is built and none boots.
# There reboot(2) ends the namespace, and unshare ends by a signal: SIGHUP (129)
# for a restart, SIGINT (130) for power-off and halt.
#
#   INIT_SRC=DIR   sources to compile instead of init-src (to see a case fail)
#   OBJECTS=DIR    objects of them, which need not be compiled again
#   ONLY="NAME..." only these groups of cases, each a function of the test
# shellcheck shell=sh disable=SC2154,SC2034 # tmp is set by lib.sh; tests use what is set here
. tests/lib/tap.sh

src=${INIT_SRC:-init-src}
busybox=$(command -v busybox) || skip_all "no busybox: run scripts/setup"
if unshare -Urmpfu true 2>/dev/null; then
	namespace=-Urmpfu
elif unshare -mpfu true 2>/dev/null; then
	namespace=-mpfu
else
	skip_all "no namespaces for this user (unshare -Urmpfu fails)"
fi

mkdir "$tmp/gcc"
[ -z "${OBJECTS-}" ] || cp -R "$OBJECTS/." "$tmp/gcc"

# compile CC DIR: init and poweroff, from the objects in DIR and what is missing there.
compile() { compile_programs "$1" "$2" init poweroff/poweroff; }

# The machine: a root directory with BusyBox, whose /bin/sh each case writes.
root=$tmp/root
mkdir -p "$root/bin" "$root/sbin" "$root/dev" "$root/proc" "$root/sys" \
	"$root/run" "$root/tmp" "$root/etc" "$tmp/dev"
: >"$tmp/dev/null"
cp "$busybox" "$root/bin/busybox"
for applet in echo sleep cat grep env true kill wc su setsid; do
	ln -s busybox "$root/bin/$applet"
done
ln -s busybox "$root/bin/ash"
ln -s poweroff "$root/sbin/reboot"
ln -s poweroff "$root/sbin/halt"
ln -s poweroff "$root/sbin/kexec"
echo 'nobody:x:65534:65534::/:/bin/ash' >"$root/etc/passwd"
printf 'not a program\n' >"$root/bin/no-program"
printf 'plain\n' >"$root/bin/not-executable"
printf '#!/nowhere/interpreter\n' >"$root/bin/no-interpreter"
chmod 755 "$root/bin/no-program" "$root/bin/no-interpreter"
chmod 644 "$root/bin/not-executable"

# /dev and /sys are mounted, so that init leaves this machine's devices alone.
cat >"$tmp/enter" <<'EOF'
set -e
# chroot is there, and an ordinary user need not have it in PATH
PATH=$PATH:/usr/sbin:/sbin
mount --bind "$2/dev" "$1/dev"
mount -t tmpfs none "$1/sys"
mount --bind /dev/null "$1/dev/null"
mount -t proc proc "$1/proc"
mount --bind "$2/cmdline" "$1/proc/cmdline"
mount --bind "$2/printk" "$1/proc/sys/kernel/printk"
[ -z "$CGROUP" ] || { mkdir -p "$1/sys/fs/cgroup"; mount --bind "$CGROUP" "$1/sys/fs/cgroup"; }
cd "$1"
# All that can differ from what a child should have.
umask 077
exec env -i HOME=/ TERM=linux $WORDS $WRAP $(command -v chroot) "$1" /init $ARGS
EOF

# tab LINE...: /etc/inittab.  svc NAME LINE...: a drop-in.  clean: neither.
tab() { printf '%s\n' "$@" >"$root/etc/inittab"; }
svc() {
	mkdir -p "$root/etc/bzinit.d"
	_name=$1
	shift
	printf '%s\n' "$@" >"$root/etc/bzinit.d/$_name.conf"
}
clean() { rm -rf "$root/etc/inittab" "$root/etc/bzinit.d" "$root/script"; }
# script TEXT: /script, for what is too long for a line.
script() {
	printf '#!/bin/ash\n%s\n' "$1" >"$root/script"
	chmod 755 "$root/script"
}
# marks: the words that services wrote, one after the other.
marks() { printf '%s\n' "$out" | grep -o 'mark-[a-z0-9]*' | cut -c 6- | tr '\n' ' ' | sed 's/ $//'; }

# boot CMDLINE [CONSOLE]: run it to its end. CONSOLE is the text of /bin/sh.
# Leaves rc, out (the console), channel and seconds. WORDS: environment and
# ARGS: arguments for init; WRAP: a command that runs it, OUTER: one that
# runs its namespace; LIMIT: seconds; KEEP_SHELL: leave /bin/sh as it is;
# LEVELS: kernel.printk; INPUT: a file that is its stdin.
boot() {
	printf '%s\n' "$1" >"$tmp/cmdline"
	# shellcheck disable=SC2086 # four numbers
	printf '%s\t%s\t%s\t%s\n' ${LEVELS:-7 4 1 7} >"$tmp/printk"
	: >"$tmp/dev/ttyS1"
	[ -n "${KEEP_SHELL-}" ] || rm -f "$root/bin/sh"
	if [ $# -gt 1 ]; then
		printf '#!/bin/ash\n%s\n' "$2" >"$root/bin/sh"
		chmod 755 "$root/bin/sh"
	fi
	start=$(date +%s)
	# shellcheck disable=SC2086 # OUTER is a command and its arguments
	WORDS=${WORDS-} ARGS=${ARGS-} WRAP=${WRAP-} timeout -s KILL "${LIMIT:-20}" \
		${OUTER-} unshare "$namespace" --kill-child sh "$tmp/enter" "$root" "$tmp" \
		<"${INPUT:-/dev/null}" >"$tmp/out" 2>&1
	rc=$?
	seconds=$(($(date +%s) - start))
	out=$(cat "$tmp/out")
	channel=$(tr '\n' , <"$tmp/dev/ttyS1")
	WORDS='' ARGS='' WRAP='' LIMIT='' OUTER='' LEVELS='' INPUT=''
}

status='init.status=ttyS1 quiet'

