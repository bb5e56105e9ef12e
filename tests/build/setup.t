#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/setup: what it finds missing, what it says, and what it would have each
# package manager do.  No package manager is really run: stand-ins on a PATH of
# our own record what they were asked.
. tests/lib/tap.sh

setup=$PWD/scripts/setup
bin=$tmp/bin
mkdir "$bin"
# Only ours are on PATH: a link for each program that the machine has, but for
# the package managers.
for dir in /bin /usr/bin /usr/local/bin /sbin /usr/sbin; do
	find "$dir/" -maxdepth 1 ! -type d -perm -001 ! -name 'apt*' ! -name dnf ! -name zypper \
		! -name pacman ! -name apk ! -name sudo ! -name id \
		-exec ln -sf -t "$bin" {} +
done
# stub NAME: a program that records its arguments, runs $tmp/do-NAME if that is
# there, and succeeds
stub() {
	cat >"$bin/$1" <<-STUB
		#!/bin/sh
		echo "$1 \$*" >>"$tmp/calls"
		test ! -e "$tmp/do-$1" || . "$tmp/do-$1"
	STUB
	chmod +x "$bin/$1"
}
hide() {
	mkdir -p "$tmp/hidden"
	for name; do
		[ ! -e "$bin/$name" ] || mv "$bin/$name" "$tmp/hidden/"
	done
}
unhide() {
	cp -P "$tmp/hidden"/* "$bin/" 2>/dev/null
	rm -rf "$tmp/hidden"
}
# be UID
be() {
	printf '#!/bin/sh\necho %s\n' "$1" >"$bin/id"
	chmod +x "$bin/id"
}
# run OPTION...: sets $out (both streams), $rc, $calls
run() {
	rm -f "$tmp/calls"
	out=$(PATH=$bin CC='' HOSTCC='' "$setup" "$@" 2>&1 </dev/null)
	rc=$?
	calls=$(cat "$tmp/calls" 2>/dev/null)
}
# A package manager that "installs" by showing what is hidden again
for manager in dnf zypper pacman apk apt-get; do
	echo "case \"\$*\" in *flex*) cp -P $tmp/hidden/* $bin/ ;; esac" >"$tmp/do-$manager"
done
cat >"$tmp/do-apt-cache" <<'DO'
shift
for name; do
	printf '%s:\n  Installed: (none)\n  Candidate: 1.0\n' "$name"
done
DO

be 0
stub apt-get
stub apt-cache
run --build-check
[ "$rc" = 0 ] || skip_all "this machine is not set up: $out"

# --build-check
is "build-check: silent, and asks nobody" "$out$calls" ""
start=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	PATH=$bin "$setup" --build-check
done
took=$((($(date +%s%N) - start) / 10000000))
ok "build-check: quick ($took ms)" test "$took" -lt 200
hide flex bison strace
run --build-check
is "build-check: one line with what make lacks" "$rc:$out" \
	"1:setup: missing: flex, bison: run scripts/setup"
unhide
out=$(PATH=$bin CC="ccache no-such-gcc -pipe" "$setup" --build-check 2>&1)
is "build-check: the compiler is the one that is asked for" "$?:$out" \
	"1:setup: CC= asks for no-such-gcc, which is not installed: install it, or correct CC="

# --check.  The stand-in for make is of a version that sorts before 4.2 as text.
hide make clang
echo 'echo GNU Make 4.10' >"$tmp/do-make"
stub make
run --check
is "check: what is optional may be missing" "$rc" 0
like "check: optional is marked" "$out" '^clang +missing +\(extra\)  apt-get install clang$'
like "check: a version" "$out" '^gcc +ok +[0-9]+\.[0-9]'
like "check: 4.10 is newer than 4.0" "$out" '^make +ok +4\.10$'
like "check: KVM, by proof" "$out" '^KVM +(ok +works|- +[a-z]+: .*TCG is used|-.*not tried)'
is "check: changes nothing" "$(echo "$calls" | grep -v '^apt-cache\|^make --version')" ""
hide flex
be 1000
# Programs that are too old, or do not work
hide gcc
echo 'echo GNU Make 3.82' >"$tmp/do-make"
stub gcc
printf 'test "x$*" = x--version && echo gcc 12.2.0' >"$tmp/do-gcc"
run --check
is "check: fails when something needed is missing or too old" "$rc" 1
like "check: missing, with the remedy" "$out" '^flex +missing +\(build\)  sudo apt-get install flex$'
like "check: too old, what is needed" "$out" '^make +too old +3\.82, 4\.0 is needed  \(build\)'
like "check: a compiler that does not compile" "$out" '^gcc +missing +gcc does not compile'
like "check: no static libc without one" "$out" '^libc-static +missing'
like "check: the last line tells what to do" "$(echo "$out" | tail -n 1)" 'missing.*make, .*flex.*: run scripts/setup'
unlike "check: what is optional is not called needed" "$(echo "$out" | tail -n 1)" clang
rm "$bin/make" "$bin/gcc"
unhide
be 0

# Installing, by each package manager: one thing needed, one optional
lacks() {
	hide flex ccache
	run
	unhide
}
lacks
is "apt: updates first" "$(echo "$calls" | grep -v '^apt-cache' | head -n 1)" "apt-get -q update"
like "apt: installs without a question" "$calls" '^apt-get .*-y .*install flex ccache$'
like "apt: says so before" "$(echo "$out" | head -n 1)" '^setup: installing with apt.* flex ccache$'
# shellcheck disable=SC2016 # for the stand-in's shell
sed -i 's/^for name; do/&\ncase $name in ccache|strace) continue ;; esac/' "$tmp/do-apt-cache"
hide strace
lacks
like "apt: installs what it has" "$calls" '^apt-get .*-y .*install flex$'
like "apt: says what it lacks" "$out" '^setup: apt does not offer strace here: left out$'
rm "$bin/apt-get" "$bin/apt-cache"
for line in "dnf:dnf -y install" \
	"zypper:zypper --non-interactive install --no-recommends" \
	"pacman:pacman -S (-y )?--needed --noconfirm" \
	"apk:apk add"; do
	manager=${line%%:*}
	stub "$manager"
	lacks
	like "$manager: installs" "$(echo "$calls" | tr '\n' ';')" "^${line#*:} flex;${line#*:} ccache;\$"
	like "$manager: says so before" "$(echo "$out" | head -n 1)" "^setup: installing with $manager.*flex ccache"
	rm "$bin/$manager"
done
stub dnf
hide flex shellcheck
run
unhide
like "dnf: its own names" "$calls" '^dnf -y install flex ShellCheck$'
echo 'case "$*" in *ccache*) exit 1 ;; *) cp -P '"$tmp/hidden/flex $bin/ ;; esac" >"$tmp/do-dnf"
lacks
like "dnf: without what is optional" "$rc:$(echo "$out" | tail -n 1)" '^0:setup: left out, as it is optional: ccache$'
echo 'exit 1' >"$tmp/do-dnf"
hide flex
run
like "dnf: fails, and says so in a line" "$rc:$(echo "$out" | tail -n 1)" '^1:setup: dnf could not install'
: >"$tmp/do-dnf"
run
like "dnf: succeeds, but the thing is still missing" "$(echo "$out" | tail -n 1)" '^setup: still missing or too old: flex'
be 1000
run
like "neither root nor sudo: one line" "$rc:$out" '^1:setup: neither root nor sudo: as root: dnf install flex$'
is "neither root nor sudo: nothing is run" "$calls" ""
stub sudo
run
is "through sudo" "$(echo "$calls" | tail -n 1)" "sudo dnf -y install flex"
echo 'echo sorry, no; exit 1' >"$tmp/do-sudo"
run
is "sudo refuses: one line of ours" "$rc:$(echo "$out" | sed 1d | grep -v sorry)" \
	"1:setup: sudo does not let us: as root: dnf install flex"
rm "$bin/dnf" "$bin/sudo"
run
like "no package manager: one line" "$rc:$out" '^1:setup: no package manager.*: flex$'
unhide
be 0

run
is "all there: silent, and asks nobody" "$rc:$out$calls" "0:"
run --frobnicate
is "a wrong option is refused" "$rc" 2
if dpkg-query -W libelf-dev >/dev/null 2>&1; then
	like 'the report has the versions of libraries' "$(scripts/setup --check 2>/dev/null)" '^libelf +ok +[0-9]'
else
	skip 'the report has the versions of libraries' 'libelf-dev is no package of dpkg here'
fi
done_testing
