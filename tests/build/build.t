#!/bin/sh
# shellcheck disable=SC2016,SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# The build: what is made again after which change, and that nothing that
# exists half-way is ever mistaken for done. Which steps ran is read from what
# make prints. The sources are a copy, since this test edits them.

. tests/lib/build.sh

b=$BUILD/tiny
built tiny tiny_defconfig
first=$(hash_of "$b/bzImage")
# The image may be from an earlier test, so that only the next build says this.
rm "$b/bzImage"
mk O="$b"
shown=${b#"$PWD"/}
is 'the last line names the image, its size, and what is next' "$(tail -n 1 "$log")" \
	"  READY   $shown/bzImage, $(stat -c %s "$b/bzImage") bytes: make run O=$shown boots it"

src=$tmp/src
mkdir "$src"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$src"
cd "$src" || exit 1
cp "$b/.config" "$tmp/config"

image_is_first() {
	[ "$(hash_of "$b/bzImage")" = "$first" ]
}

compiled_kernel() { grep -Eq '^  CC  +(kernel|mm|fs)/' "$log"; }

ok 'init is under 26 KiB' test "$(stat -c %s "$b/init-src/init")" -lt 26624
ok 'the same sources elsewhere give the same image' mk_or_log O="$b"
ok 'to the byte' image_is_first
not_ok_cmd 'without the kernel being compiled' compiled_kernel

# --- nothing to do -----------------------------------------------------------
before=$(stat -c %Y.%Z "$b/bzImage")
touch "$tmp/before"
mk O="$b" V=1
not_ok_cmd 'a no-op enters no kernel make' entered
not_ok_cmd 'and compiles nothing' compiled
is 'and leaves the image alone' "$(stat -c %Y.%Z "$b/bzImage")" "$before"
mk O="$b"
is 'and says nothing' "$(cat "$log")" ''
is 'and compares .config with nothing' "$(find "$b/scripts/kconfig/conf.log" -newer "$tmp/before")" ''
cpu=$(python3 - "$b" <<'END'
import os, subprocess, sys
subprocess.run(["make", "O=" + sys.argv[1]], check=True)
t = os.times()
print(t.children_user + t.children_system)
END
)
diag "a no-op costs $cpu s of CPU"
ok 'a no-op costs less than 1.5 s of CPU' python3 -c "import sys; sys.exit($cpu >= 1.5)"

# --- sources of init ---------------------------------------------------------
touch init-src/console.c
mk O="$b" V=1
like 'a touched source is compiled' "$(cat "$log")" '-o init-src/console\.o '
unlike 'and nothing else is' "$(cat "$log")" '-o init-src/poweroff/poweroff\.o '
not_ok_cmd 'and since the program is the same, the kernel is left alone' entered

printf '#define BZINIT_TEST 1\n' >init-src/extra.h
sed -i '1a #include "extra.h"' init-src/console.c
mk O="$b"
printf '#define BZINIT_TEST 2\n' >init-src/extra.h
mk O="$b" V=1
like 'a changed header is noticed' "$(cat "$log")" '-o init-src/console\.o '
rm init-src/extra.h
sed -i '/extra.h/d' init-src/console.c
ok 'a deleted header is no error' mk_or_log O="$b" V=1
like 'and recompiles who used it' "$(cat "$log")" '-o init-src/console\.o '

cp init-src/init.c "$tmp/init.c"
printf 'const char bzinit_test[] __attribute__((used, section(".rodata.keep"))) = "changed";\n' >>init-src/poweroff/poweroff.c
sed -i 's/"poweroff/"Poweroff/' init-src/poweroff/poweroff.c
mk O="$b"
ok 'a changed program enters the kernel make' grep -q 'KERNEL  bzImage' "$log"
not_ok_cmd 'which compiles no kernel source' compiled_kernel
not_ok_cmd 'and the image is another' image_is_first
cp "$OLDPWD/init-src/poweroff/poweroff.c" init-src/poweroff/
ok 'changed back' mk_or_log O="$b"
ok 'it is the first image again' image_is_first

# --- configuration -----------------------------------------------------------
set_option() {
	kernel_tree=$(readlink -f "$b/kernel-tree")
	"$kernel_tree/scripts/config" --file "$b/.config" "$@"
}

mkdir -p "$tmp/over/etc"
echo one >"$tmp/over/etc/motd"
set_option --set-str USR_OVERLAYS "$tmp/over"
mk O="$b"
like 'an overlay comes into the list' "$(cat "$b/usr/initramfs.list")" '^file /etc/motd '
with_overlay=$(hash_of "$b/bzImage")
echo two >"$tmp/over/etc/motd"
touch -d 2001-01-01 "$tmp/over/etc/motd"
ok 'a change under an old time stamp' mk_or_log O="$b"
not_ok_cmd 'is noticed' test "$(hash_of "$b/bzImage")" = "$with_overlay"
echo three >"$tmp/over/etc/issue"
mk O="$b"
like 'a new file in an overlay too' "$(cat "$b/usr/initramfs.list")" '^file /etc/issue '
rm "$tmp/over/etc/issue"
mk O="$b"
unlike 'and one that is gone' "$(cat "$b/usr/initramfs.list")" '/etc/issue'

echo 'CONFIG_DEFAULT_HOSTNAME="fragment"' >"$tmp/my.config"
set_option --set-str KERNEL_EXTRA_FRAGMENTS "$tmp/my.config"
ok 'a fragment of one own' mk_or_log O="$b"
like 'is in the kernel configuration' "$(cat "$b/linux/.config")" '^CONFIG_DEFAULT_HOSTNAME="fragment"'
echo 'CONFIG_DEFAULT_HOSTNAME="edited"' >"$tmp/my.config"
ok 'edited' mk_or_log O="$b"
like 'it is there as edited' "$(cat "$b/linux/.config")" '^CONFIG_DEFAULT_HOSTNAME="edited"'

kept=$(hash_of "$b/bzImage")
printf '# a comment\nCONFIG_E1000=y\n' >"$tmp/my.config"
not_ok_cmd 'a fragment that cannot be kept stops the build' mk O="$b"
like 'with file, line and value' "$(cat "$log")" 'my\.config:2: CONFIG_E1000=y: got n'
like 'and the reason' "$(cat "$log")" 'unmet:.*(NET|PCI)'
is 'and the last image stays' "$(hash_of "$b/bzImage")" "$kept"
echo 'CONFIG_NO_SUCH_SYMBOL=y' >"$tmp/my.config"
not_ok_cmd 'an unknown symbol stops the build' mk O="$b"
like 'with file and line' "$(cat "$log")" 'my\.config:1: CONFIG_NO_SUCH_SYMBOL'
not_ok_cmd 'and again: nothing half-done is taken for done' mk O="$b"

set_option --set-str KERNEL_CMDLINE 'one"two'
not_ok_cmd 'a quote in the command line is refused' mk O="$b"
like 'in words' "$(cat "$log")" 'quote .*KERNEL_CMDLINE'

cp "$tmp/config" "$b/.config"
ok 'back to the first configuration' mk_or_log O="$b"
ok 'and the first image' image_is_first

ok 'hello instead of init' mk_or_log O="$b" hello_defconfig all
not_ok_cmd 'does not compile the kernel' compiled_kernel
not_ok_cmd 'and is another image' image_is_first
ok 'and back' mk_or_log O="$b" tiny_defconfig all
not_ok_cmd 'still without compiling it' compiled_kernel
ok 'it is the first image again' image_is_first

# --- compilers and flags; Ctrl-C ---------------------------------------------
# interrupt PATTERN MAKE-ARGUMENTS...: Ctrl-C when PATTERN shows in the output.
interrupt() {
	python3 - "$log" "$@" <<'END'
import os, re, signal, subprocess, sys, time
log, pattern, args = sys.argv[1], sys.argv[2], sys.argv[3:]
signal.signal(signal.SIGINT, signal.SIG_DFL)    # a shell's background job ignores it
with open(log, "wb") as out:
    p = subprocess.Popen(["make"] + args, stdin=subprocess.DEVNULL, stdout=out,
                         stderr=subprocess.STDOUT, start_new_session=True)
end = time.time() + 120
while p.poll() is None and time.time() < end and not re.search(pattern, open(log, errors="replace").read()):
    time.sleep(0.05)
seen = bool(re.search(pattern, open(log, errors="replace").read()))
os.killpg(p.pid, signal.SIGINT) if p.poll() is None else None
p.wait(60)
sys.exit(not seen)
END
}
ok 'new KCFLAGS reach the compiler' interrupt '-DBZINIT_TEST.* -c -o [a-z]*/.*\.o' O="$b" V=1 KCFLAGS=-DBZINIT_TEST
printf '#!/bin/sh\nexec gcc "$@"\n' >"$tmp/mygcc"
chmod +x "$tmp/mygcc"
ok 'another CC is used' interrupt "$tmp/mygcc .* -c -o [a-z]*/.*\\.o" O="$b" V=1 CC="$tmp/mygcc"
for delay in 0.05 0.3 0.8 2 4; do
	touch init-src/*.c usr/*.c
	timeout -s INT "$delay" make O="$b" >"$log" 2>&1 </dev/null
done
ok 'after all these interruptions it builds' mk_or_log O="$b"
ok 'the first image, to the byte' image_is_first

# --- two at once -------------------------------------------------------------
touch init-src/*.c usr/*.c
make O="$b" >"$tmp/log1" 2>&1 </dev/null &
one=$!
while ! [ -s "$tmp/log1" ] && kill -0 $one 2>/dev/null; do sleep 0.05; done
mk O="$b"
two=$?
wait $one
is 'two makes in one directory both succeed' "$? $two" '0 0'
like 'the second says that it waits' "$(cat "$log")" 'WAIT '
ok 'and the image is right' image_is_first

# --- the trees are only read -------------------------------------------------
if unshare -Urm true 2>/dev/null; then
	read_only() {
		unshare -Urm sh -c '
			mount --rbind "$1" "$1" && mount -o remount,ro,bind "$1" &&
			k=$(readlink -f "$2/kernel-tree") && mount --rbind "$k" "$k" && mount -o remount,ro,bind "$k" &&
			! touch "$1/x" 2>/dev/null && cd "$1" && rm -rf "$2/kconfig" "$2/init-src" "$2/usr" "$2/configs" &&
			make O="$2" run CMD="/sbin/poweroff --help" TIMEOUT=120' sh "$src" "$b" </dev/null
	}
	ok 'builds and runs with both trees read-only' read_only
	ok 'the same image' image_is_first
	tree_changed() {
		mkdir -p "$tmp/upper" "$tmp/work"
		unshare -Urm sh -c '
			k=$(readlink -f "$2/kernel-tree") &&
			mount -t overlay overlay -o "lowerdir=$k,upperdir=$3/upper,workdir=$3/work,userxattr" "$k" || exit 77
			echo "/* changed */" >>"$k/init/version.c" && touch -d 2001-01-01 "$k/init/version.c" &&
			make O="$2" V=1 >"$4" 2>&1' sh "$src" "$b" "$tmp" "$log" </dev/null
	}
	tree_changed
	case $? in
	77) skip 'a change in the kernel tree is noticed' 'no overlay file system here' ;;
	*) ok 'a change in the kernel tree is noticed, under an old time stamp too' entered ;;
	esac
	ok 'and back' mk_or_log O="$b"
	ok 'it is the first image' image_is_first
else
	skip 'read-only trees' 'no user namespaces here'
fi

# --- for editors ---------------------------------------------------------------
ok 'make compile_commands.json' mk_or_log O="$b" compile_commands.json
ok 'it says how a source of init and of the kernel is compiled' python3 - "$b" <<'END'
import json, subprocess, sys
for end in "/init-src/console.c", "/kernel/fork.c":
    with open(sys.argv[1] + "/compile_commands.json") as f:
        entry, = [e for e in json.load(f) if e["file"].endswith(end)]
    subprocess.run(entry["command"] + " -fsyntax-only -MF /dev/null", shell=True, check=True,
                   cwd=entry["directory"])
END
if command -v ctags >/dev/null; then
	ok 'make tags' mk_or_log O="$b" tags
	like 'has init' "$(grep ^console_open "$b/tags")" init-src/console.c
	like 'and linux/tags the kernel' "$(grep ^start_kernel "$b/linux/tags")" init/main.c
else
	skip 'make tags' 'ctags is not installed'
fi

# --- paths, tools, habits ----------------------------------------------------
cd "$OLDPWD" || exit 1
mkdir -p "$tmp/with space" "$tmp/ünï"
cp -r "$src" "$tmp/with space/src"
cp -r "$src" "$tmp/ünï/src"
ln -s "$tmp/ünï/src" "$tmp/link"
not_ok_cmd 'a checkout in a path with a space is refused' mk -C "$tmp/with space/src" O="$tmp/o"
like 'in one line with the remedy' "$(cat "$log")" 'has a space or a colon.*(move|clone)'
not_ok_cmd 'O= with a colon is refused' mk O="$tmp/a:b"
like 'in one line' "$(cat "$log")" 'O=.*has a space or a colon'
not_ok_cmd 'O= with a space is refused' mk O="$tmp/a b"
not_ok_cmd 'KERNEL_SRC= with a space is refused' mk KERNEL_SRC="$tmp/a b"
not_ok_cmd 'KERNEL_SRC= that is no kernel tree is refused' mk O="$tmp/o1" KERNEL_SRC="$tmp" tiny_defconfig
not_ok_cmd 'a dry run is refused' mk -n O="$tmp/o1"
like 'with what to do instead' "$(cat "$log")" 'make -n.*V=1'
not_ok_cmd 'an unknown defconfig is refused' mk no_such_defconfig
not_ok_cmd 'an unknown ARCH is refused' mk ARCH=pdp11
like 'and the known ones are named' "$(cat "$log")" 'x86_64'
ok 'a checkout behind a link, in a path with unicode' mk_or_log -C "$tmp/link" hello_defconfig initramfs
like 'builds there' "$(ls "$tmp/ünï/src/build")" initramfs.cpio
ok '-s is silent' mk -s O="$tmp/o2" hello_defconfig initramfs
is 'really' "$(cat "$log")" ''
if other=$(scripts/get-kernel debian-6.1 2>/dev/null); then
	: >"$tmp/o2/linux/stale"
	ok 'another kernel tree is taken' mk_or_log O="$tmp/o2" KERNEL_SRC="$other" initramfs
	not_ok_cmd 'and finds nothing of the one before' test -e "$tmp/o2/linux/stale"
else
	skip 'another kernel tree' 'no linux-source-6.1'
fi
mkdir -p "$tmp/bin"
for p in /usr/bin/* /bin/*; do
	case ${p##*/} in flex | lex) ;; *) ln -sf "$p" "$tmp/bin/" ;; esac
done
PATH=$tmp/bin mk O="$tmp/o3" tiny_defconfig
is 'without a tool make ends' $? 2
like 'in a line that names scripts/setup' "$(cat "$log")" 'flex.*scripts/setup'

for t in olddefconfig savedefconfig listnewconfig kernelversion help clean mrproper; do
	ok "make $t" mk_or_log O="$tmp/o2" $t
done
mk O="$tmp/o2" sizes
like 'make sizes weighs init with each libc' "$(cat "$log")" '^[0-9]* bytes.nolibc$'
like 'glibc is the largest' "$(sort -n "$log" | tail -n 1)" '^[0-9]* bytes.glibc$'
mk O="$tmp/o2" mrproper
is 'mrproper leaves nothing' "$(find "$tmp/o2" -mindepth 1 | head -n 3)" ''
ok 'randconfig' env KCONFIG_SEED=1 make -s O="$tmp/o4" randconfig
done_testing
