#!/bin/sh
# shellcheck disable=SC1003,SC2016,SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# Nothing is removed or overwritten that a build did not make: not by O=, not by clean,
# mrproper or distclean, not by make -B. And what a crash of the machine leaves in a build
# directory is mended by the next make, or named in one line; the image is never wrong.

. tests/lib/build.sh

# A copy of the sources, which this test may lose.
work=$tmp/src
mkdir "$work"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$work"
cd "$work" || exit 1
src=$work

# listing DIR: every file with its content.
listing() { (cd "$1" && find . -type f -exec sha256sum {} + -o -type d -print | sort); }

# --- O= that is refused at once ---------------------------------------------------
before=$(listing .)
user_home=$HOME
HOME=$tmp/home
export HOME
mkdir "$HOME"
ln -s "$work" "$tmp/link"
ln -s / "$tmp/root"
for dir in . .. ./ "$work" / // "$HOME" "$HOME/" "$tmp" usr usr/new tools/../usr .git/x tests/new "$tmp/link" "$tmp/link/usr" \
		"$tmp/link/../src" "$tmp/root" build/..; do
	for goal in clean mrproper distclean tiny_defconfig; do
		mk O="$dir" $goal
		rc=$?
		is "make O=$(printf '%s' "$dir" | sed "s,$tmp,TMP,") $goal is refused" "$rc $(grep -c 'use build/' "$log")" '2 1'
	done
done
is 'nothing of the sources is gone' "$(listing .)" "$before"
for char in "'" '"' '&' '(' ')' '\' ';' '|' '<' '>' '*' '?' '[' ']' '{' '}' '%' '=' '!' '`' '$$' '$$(shell id)' ' ' ':' '\#'; do
	mk O="$tmp/a${char}b" clean
	rc=$?
	is "O= with $char is refused" "$rc $(wc -l <"$log") $(grep -c 'choose another build directory' "$log")" '2 1 1'
done
ok 'no directory was made of these' test -z "$(find "$tmp" -maxdepth 1 -name 'a*')"

HOME=$user_home

# --- a directory that is not ours ----------------------------------------------------
mkdir -p "$tmp/theirs"
for name in linux usr tools scripts configs init-src boot include kconfig tests size; do
	mkdir "$tmp/theirs/$name"
	echo mine >"$tmp/theirs/$name/file"
done
for name in bzImage .config all.config run.json .lock .bzImage.cmd; do echo mine >"$tmp/theirs/$name"; done
theirs=$(listing "$tmp/theirs")
for goal in clean mrproper distclean; do
	not_ok_cmd "make $goal where nothing was built is refused" mk O="$tmp/theirs" $goal
	like 'in words' "$(cat "$log")" 'was not made by a build of bzinit'
done
for goal in tiny_defconfig all initramfs tools run sizes; do
	not_ok_cmd "make $goal where others have files of our names is refused" mk O="$tmp/theirs" $goal KERNEL="$tmp/k"
done
is 'nothing there has changed' "$(listing "$tmp/theirs")" "$theirs"
ok 'make clean of what is not there has nothing to do' mk_or_log O="$tmp/none" clean
not_ok_cmd 'and does not make it' test -e "$tmp/none"

mkdir -p "$tmp/o"
echo 'CONFIG_INIT_HELLO=y' >"$tmp/o/.config"
echo mine >"$tmp/o/notes"
ok 'a directory with a .config and other files is taken' mk_or_log O="$tmp/o" olddefconfig initramfs
mkdir "$tmp/o/usr/dir"
for name in notes2 usr/mine usr/dir/mine usr/files/mine init-src/mine.o scripts/.mine; do echo mine >"$tmp/o/$name"; done
mkdir "$tmp/o/tests"
echo mine >"$tmp/o/tests/mine"
for name in console.log console-2.log run-9.json .run.lock; do echo ours >"$tmp/o/$name"; done
ok 'make clean' mk_or_log O="$tmp/o" clean
is 'leaves the configuration and what it did not make' "$(cd "$tmp/o" && find . -type f | sort | tr '\n' ' ')" \
	'./.bzinit-build ./.config ./.config.old ./.lock ./init-src/mine.o ./notes ./notes2 ./scripts/.mine ./tests/mine ./usr/dir/mine ./usr/files/mine ./usr/mine '
ok 'make distclean' mk_or_log O="$tmp/o" distclean
is 'leaves what it did not make' "$(cd "$tmp/o" && find . -type f | sort | tr '\n' ' ')" \
	'./init-src/mine.o ./notes ./notes2 ./scripts/.mine ./tests/mine ./usr/dir/mine ./usr/files/mine ./usr/mine '
echo 'another text' >"$tmp/o/.bzinit-build"
not_ok_cmd 'a mark with another first line is none' mk O="$tmp/o" clean

echo mine >"$tmp/vmlinuz"
not_ok_cmd 'distro-kernel replaces no file by its link' scripts/distro-kernel "$tmp/vmlinuz"
is '... which stays' "$(cat "$tmp/vmlinuz")" mine

# --- switches of make -------------------------------------------------------------
o=$tmp/o2
ok 'an archive' mk_or_log O="$o" hello_defconfig initramfs
sed -i 's/^CONFIG_KERNEL_LOCALVERSION=.*/CONFIG_KERNEL_LOCALVERSION="-mine"/' "$o/.config"
ok 'make -B makes it again' mk_or_log -B O="$o" initramfs
like 'and keeps the configuration' "$(cat "$o/.config")" '^CONFIG_KERNEL_LOCALVERSION="-mine"'
like 'and really makes it' "$(cat "$log")" 'init-src/hello'
cp "$o/initramfs.cpio" "$tmp/first.cpio"
sed -i 's,^CONFIG_USR_LISTS=.*,CONFIG_USR_LISTS="/nowhere",' "$o/.config"
rm "$o/initramfs.cpio"
for switch in -i -t -k -ki; do
	not_ok_cmd "make $switch stops at an error" mk $switch O="$o" initramfs
	ok 'and makes no archive' test ! -e "$o/initramfs.cpio"
done
sed -i 's,^CONFIG_USR_LISTS=.*,CONFIG_USR_LISTS="",' "$o/.config"
ok 'mended' mk_or_log O="$o" initramfs
ok 'it is the first archive' cmp "$o/initramfs.cpio" "$tmp/first.cpio"

# These change nothing of what is made, and a failure stays one.
for switch in -w -e -O -Oline -Otarget -Orecurse -Onone --trace '-l 2' -r --no-builtin-rules -R --warn-undefined-variables \
		-s -k -d V=1 V=2 -j1 -j -j3 --no-print-directory -we -ews; do
	rm -f "$o/initramfs.cpio" "$o/init-src/hello.o"
	# shellcheck disable=SC2086 # "-l 2"
	mk $switch O="$o" initramfs
	is "make $switch: the same archive" "$? $(cmp "$o/initramfs.cpio" "$tmp/first.cpio" 2>&1)" '0 '
	rm -f "$o/initramfs.cpio"
	# shellcheck disable=SC2086
	not_ok_cmd "make $switch: a failure is one" mk $switch O="$o" initramfs CC=false
	ok '... and makes no archive' test ! -e "$o/initramfs.cpio"
done
rm -f "$o/init-src/hello.o"
ok 'switches from the environment' env MAKEFLAGS='wk -j3' make O="$o" initramfs
# make -e with the kernel: its makefiles see what ours export.
b=$BUILD/tiny
built tiny tiny_defconfig
for switch in -we '-O --trace -l 2'; do
	rm -f "$b/bzImage" "$b/linux/.config"
	# shellcheck disable=SC2086
	ok "make $switch enters the kernel's make" mk_or_log $switch O="$b"
	ok '... and there is an image' test -s "$b/bzImage"
done
# Below another make its jobs are ours.
printf 'all:\n\t$(MAKE) -C %s O=%s hello_defconfig initramfs\n' "$work" "$tmp/below" >"$tmp/outer.mk"
ok 'below another make' mk_or_log -j3 -f "$tmp/outer.mk"
unlike '... the jobserver is not lost' "$(cat "$log")" jobserver

# --- a compiler that fails ----------------------------------------------------------
# gcc, but for the question whether it takes -Oz: no answer is not an answer of no.
printf '#!/bin/sh\ncase " $* " in *" -Oz "*-S*) exit %s;; esac\nexec gcc "$@"\n' 137 >"$tmp/killed"
printf '#!/bin/sh\ncase " $* " in *" -S "*) echo "no space left" >&2; exit 1;; esac\nexec gcc "$@"\n' >"$tmp/full"
chmod +x "$tmp/killed" "$tmp/full"
for cc in killed full; do
	rm -f "$o/init-src/hello.o"
	not_ok_cmd "a compiler that is $cc while it is asked for its options stops the build" mk O="$o" initramfs CC="$tmp/$cc"
	like 'with the reason' "$(cat "$log")" "bzinit: cannot find out whether .*/$cc takes -Oz"
done

# --- what a crash leaves ------------------------------------------------------------
b=$BUILD/tiny
built tiny tiny_defconfig
first=$(hash_of "$b/bzImage")
# again NAME: after some damage, the next make says nothing of make's own and gives the
# same image.
again() {
	ok "$1: make goes on" mk_or_log O="$b"
	is '... and the image is the same' "$(hash_of "$b/bzImage")" "$first"
}
ours() { find "$b/init-src" "$b/usr" "$b/scripts" "$b/boot" -type f "$@"; }
# damage COMMAND...: each file whose name is on standard input becomes COMMAND's output.
damage() {
	while read -r f; do
		cp "$f" "$tmp/whole" 2>/dev/null || : >"$tmp/whole"
		"$@" <"$tmp/whole" >"$f"
	done
}
half() { head -c $(($(stat -c %s "$tmp/whole") / 2)); }
zeros() { head -c "$(stat -c %s "$tmp/whole")" /dev/zero; }
garbage() { echo 'garbage: ^^('; }

for how in true half garbage; do
	ours -name '.*.cmd' | damage $how
	again "saved commands of ours become $how"
done
ours ! -name '.*' ! -path '*/files/*' | damage true
again 'all programs and objects of ours empty'
for how in half zeros; do
	ours -path '*/files/*' | damage $how
	again "what goes into the archive becomes $how"
done
for f in include/config/auto.conf include/generated/autoconf.h all.config options.config linux/.config \
		kconfig/scripts/kconfig/conf kconfig/.state usr/initramfs.list bzImage; do
	echo "$b/$f" | damage true
	again "an empty $f"
done
for f in include/config/auto.conf include/generated/autoconf.h all.config options.config linux/.config \
		kconfig/scripts/kconfig/conf kconfig/.state usr/initramfs.list bzImage; do
	echo "$b/$f" | damage half
done
again 'all of these cut'

# The kernel's make is entered only if something is new.
kernel_again() {
	rm "$b/bzImage"
	again "$1"
}
: >"$b/linux/usr/initramfs_data.cpio"
kernel_again 'an empty archive of the kernel'
head -c 512 /dev/zero >"$b/linux/usr/initramfs_data.cpio"
kernel_again 'another archive of the kernel'
kernels='include/config/auto.conf include/generated/autoconf.h mm/swap.o mm/.mincore.o.cmd mm/built-in.a
	include/generated/utsrelease.h usr/.initramfs_data.cpio.d scripts/basic/fixdep'
for how in true half; do
	for f in $kernels; do echo "$b/linux/$f"; done | damage $how
	kernel_again "files of the kernel's make become $how"
done

cp "$b/.config" "$tmp/config"
: >"$b/.config"
not_ok_cmd 'an empty .config is not taken for the defaults' mk O="$b"
like 'but named' "$(cat "$log")" '\.config is empty or cut short'
head -c 100 "$tmp/config" >"$b/.config"
not_ok_cmd 'nor one that is cut' mk O="$b"
cp "$tmp/config" "$b/.config"

# SIGKILL for all of a build; then any file may be damaged.
cut_off() {
	touch init-src/*.c
	python3 - "$@" <<'END'
import os, signal, subprocess, sys, time
p = subprocess.Popen(["make", *sys.argv[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, start_new_session=True)
time.sleep(1.5)
os.killpg(p.pid, signal.SIGKILL)
p.wait()
END
}
o=$tmp/o3
mk O="$o" hello_defconfig initramfs
cut_off -B O="$o" initramfs
ok 'a build that was killed is known' test -e "$o/.unfinished"
ok 'and made anew' mk_or_log O="$o" initramfs
like 'which a line says' "$(cat "$log")" 'CLEAN .*cut off'
ok 'with the same result' cmp "$o/initramfs.cpio" "$tmp/first.cpio"
ok 'and then it is finished' test ! -e "$o/.unfinished"
done_testing
