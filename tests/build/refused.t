#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Menus without a terminal, files that a configuration names and that cannot be read, tools
# that cannot work and places where no build can be: each is refused in one line, with
# cause and remedy. No kernel is compiled.

# shellcheck disable=SC2016,SC2317 # the dollar signs are meant
. tests/lib/build.sh

o=$tmp/o
for goal in menuconfig nconfig config kernel-menuconfig kernel-nconfig; do
	timeout 20 make O="$o" $goal >"$log" 2>&1 </dev/null
	rc=$?
	is "make $goal without a terminal is refused in one line" "$rc $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'needs a terminal: write options into .*/\.config and run make olddefconfig'
done

for value in garbage '$(shell >MARK)' "';>MARK;'" '`>MARK`'; do
	value=$(printf '%s\n' "$value" | sed "s,MARK,$tmp/mark,g")
	KBUILD_BUILD_TIMESTAMP=$value make O="$o" initramfs >"$log" 2>&1 </dev/null
	is "KBUILD_BUILD_TIMESTAMP=$(printf '%s' "$value" | sed "s,$tmp,TMP,g") is refused in one line" "$? $(wc -l <"$log")" '2 1'
	like '... with a remedy' "$(cat "$log")" 'KBUILD_BUILD_TIMESTAMP=.* is no time that date -d can read: write it as date -u does'
done
ok '... and runs nothing' test ! -e "$tmp/mark"

ok 'there is a configuration' mk_or_log O="$o" hello_defconfig
sed '/CONFIG_KERNEL_EXTRA/d; /CONFIG_USR_/d' "$o/.config" >"$tmp/config"
mkdir "$tmp/directory"
mkfifo "$tmp/pipe"
: >"$tmp/empty"

# refused OPTION PATH PATTERN [LINE...]: OPTION="PATH" is refused in one line, which
# matches PATTERN and names the option; LINEs of .config make the option visible.
refused() {
	option=$1 path=$2 pattern=$3
	shift 3
	case $option in
	INIT_*) sed '/CONFIG_INIT_/d' "$tmp/config" ;;
	*) cat "$tmp/config" ;;
	esac >"$o/.config"
	printf '%s\n' "$@" "CONFIG_$option=\"$path\"" >>"$o/.config"
	timeout 60 make O="$o" initramfs >"$log" 2>&1 </dev/null
	is "$option=\"$path\" is refused in one line" \
		"$? $(grep -v -e '^  [A-Z]' -e '^make' "$log" | grep -c .)" '2 1'
	like '... that says where it was looked for' "$(cat "$log")" "$pattern"
	like '... and names the option' "$(cat "$log")" "$option"
}

for path in nowhere "$tmp/directory" "$tmp/pipe"; do
	full=$path
	[ "$path" != nowhere ] || full=$src/nowhere
	for option in KERNEL_EXTRA_FRAGMENTS USR_LISTS USR_PROGRAMS; do
		refused $option "$path" "$full:.* (cannot read|no such file|not a regular|is a directory)"
	done
	refused USR_BUSYBOX_PATH "$path" "$full (does not exist|is not a program)" CONFIG_USR_BUSYBOX=y
	refused INIT_BINARY_PATH "$path" "(no such file: $full|$full is a directory|$full is not a regular file)" CONFIG_INIT_BINARY=y
	refused INIT_SOURCE_PATH "$path" "no C file '$full'" CONFIG_INIT_SOURCE=y
done
refused USR_OVERLAYS nowhere "$src/nowhere: no such directory"
for path in "$tmp/empty" "$tmp/pipe"; do
	refused USR_OVERLAYS "$path" "$path: no such directory"
done
refused INIT_SOURCE_PATH "$tmp/empty" "$tmp/empty is no C file" CONFIG_INIT_SOURCE=y
refused INIT_BINARY_PATH "$tmp/empty" "$tmp/empty" CONFIG_INIT_BINARY=y
refused USR_PROGRAMS "$tmp/empty" "$tmp/empty is not executable"
refused USR_BUSYBOX_PATH "$tmp/empty" "$tmp/empty is not a program" CONFIG_USR_BUSYBOX=y
refused USR_BUSYBOX_PATH '' 'names no program' CONFIG_USR_BUSYBOX=y

# --- tools -----------------------------------------------------------------------
o=$tmp/o1
ok 'an archive' mk_or_log O="$o" hello_defconfig initramfs
# one_line NAME ERE COMMAND...: make fails, and says this and nothing else but make's own
# last words. What was said before the failure (CC, HOSTCC...) does not count.
one_line() {
	_name=$1 _wanted=$2
	shift 2
	timeout 100 "$@" >"$log" 2>&1 </dev/null
	is "$_name: make fails" $? 2
	_said=$(grep -v '^  [A-Z]\|^make\|^#\|^$\|^get-kernel: unpacking' "$log")
	like "... with the cause and what to do" "$_said" "$_wanted"
	is '... in one line' "$(printf '%s\n' "$_said" | wc -l)" 1 || diag "$_said"
}
cat >"$tmp/old" <<'END'
#!/bin/sh
case " $* " in *" -E "*) exec gcc -U__GNUC__ -D__GNUC__=4 "$@" ;; esac
exec gcc "$@"
END
chmod +x "$tmp/old"
for dir in "$o" "$tmp/new"; do
	for case in "a compiler that is too old|too old: it is version 4\..* is needed.*: install a newer one|CC=$tmp/old" \
		"CROSS_COMPILE= of nothing|CROSS_COMPILE=nope- asks for nope-gcc.*: install it, or correct|CROSS_COMPILE=nope-" \
		"LLVM= of nothing|LLVM=-99 asks for clang-99.*: run scripts/setup --all, or correct|LLVM=-99" \
		"CC= of nothing|CC= asks for nope.*: install it, or correct CC=|CC=nope" \
		"HOSTCC= of nothing|HOSTCC= asks for nope.*: install it, or correct HOSTCC=|HOSTCC=nope" \
		"a CC that is no compiler|CC=true does not compile C: set CC=|CC=true" \
		"a HOSTCC that is no compiler|HOSTCC=ls does not compile C .*: set HOSTCC=|HOSTCC=ls"; do
		rest=${case#*|}
		rm -rf "$tmp/new"
		one_line "${case%%|*} (${dir##*/})" "^setup: .*${rest%|*}" make O="$dir" "${rest##*|}" hello_defconfig initramfs
	done
	rm -rf "$tmp/new"
	if command -v ccache >/dev/null; then
		touch init-src/hello.c
		one_line "a ccache that cannot write (${dir##*/})" 'ccache does not work .*: make its directory writable, set CCACHE_DIR=.*CC=' \
			env CCACHE_DIR=/proc/none make O="$dir" CC='ccache gcc' initramfs
	fi
	rm -rf "$tmp/new"
done
one_line 'a TMPDIR that is not there' 'setup: .*: cannot write there: .*set TMPDIR' \
	env TMPDIR="$tmp/none" make O="$tmp/new" initramfs
ok 'PATH may have blanks and nothing between its colons' env PATH="$tmp/with blank::$PATH:" make O="$tmp/new" hello_defconfig initramfs
ok 'all is well again' mk_or_log O="$o" initramfs

# Tools that go after the configuration. kconfig and the kernel's make need flex and bison,
# and a kernel of the chosen compression needs lz4.
mkdir "$tmp/bin"
for p in /usr/bin/* /bin/* /usr/sbin/*; do
	case ${p##*/} in flex | lex | bison | yacc | bc | lz4 | lz4c) ;; *) ln -sf "$p" "$tmp/bin/" ;; esac
done
sed -i "/CONFIG_KERNEL_COMPRESS_/d" "$o/.config"
echo CONFIG_KERNEL_COMPRESS_LZ4=y >>"$o/.config"
one_line 'tools that are gone' '^setup: missing: bc, flex, bison: run scripts/setup$' env PATH="$tmp/bin" make O="$o" all
for p in bc flex bison; do ln -sf "$(command -v $p)" "$tmp/bin/"; done
one_line 'a compressor that is gone' '^setup: missing: lz4: run scripts/setup$' env PATH="$tmp/bin" make O="$o" all
mk O="$o" hello_defconfig

if command -v clang >/dev/null && ! printf 'int main(void) { return 0; }' | clang -fuse-ld=lld -x c -o "$tmp/x" - 2>/dev/null; then
	one_line 'clang without lld' 'LLVM=1 asks for ld.lld.*run scripts/setup --all' make O="$o" LLVM=1 initramfs
else
	skip 'clang without lld' 'there is no clang, or it has lld'
fi

# gcc, but without a libc.a
printf '#!/bin/sh\ncase " $* " in *" -static "*) echo "collect2: cannot find -lc" >&2; exit 1;; esac\nexec gcc "$@"\n' >"$tmp/no-libc"
chmod +x "$tmp/no-libc"
mk O="$o" hello_defconfig
sed -i "/CONFIG_INIT_LIBC_/d" "$o/.config"
echo CONFIG_INIT_LIBC_GLIBC=y >>"$o/.config"
one_line 'no static libc' '^setup: missing: libc-static: run scripts/setup' make O="$o" CC="$tmp/no-libc" initramfs

# --- places ------------------------------------------------------------------------
cd "$tmp" || exit 1
one_line 'make -f from elsewhere' "works in its own directory only: run make -C $src" make -f "$src/Makefile" O="$tmp/elsewhere" initramfs
not_ok_cmd '... and makes nothing' test -e "$tmp/elsewhere"
ok 'make -C is the way' make -C "$src" O="$tmp/elsewhere" hello_defconfig
cd "$src" || exit 1
ok 'make -f in the directory itself' make -f "$src/Makefile" O="$tmp/elsewhere" hello_defconfig

mounted() {
	_name=$1 _wanted=$2 _options=$3 _later=$4
	if ! unshare -Urm mount -t tmpfs none "$tmp/mnt" 2>/dev/null; then
		skip "$_name" 'no mount in a user namespace here'
		return
	fi
	one_line "$_name" "$_wanted" unshare -Urm sh -c 'mount -t tmpfs -o "$1" none "$2" && mkdir "$2/o" && eval "$3"
		make O="$2/o" hello_defconfig initramfs' sh "$_options" "$tmp/mnt" "$_later"
}
mkdir "$tmp/mnt"
mounted 'noexec' 'no program can be run in the build directory .*noexec.*: use O=DIR' mode=755,noexec :
mounted 'noexec, later' 'no program can be run in the build directory .*noexec.*: use O=DIR' mode=755 \
	'make O="$2/o" hello_defconfig initramfs >/dev/null 2>&1 && mount -o remount,noexec "$2" && rm "$2/o/init-src/hello"'
mounted 'read-only' 'cannot write to the build directory .*: use O=DIR' mode=755 'mount -o remount,ro "$2"'
mounted 'read-only, later' 'cannot write to the build directory .*read-only.*: use O=DIR' mode=755 \
	'make O="$2/o" hello_defconfig >/dev/null 2>&1 && mount -o remount,ro "$2"'
if unshare -Urm mount -t tmpfs none "$tmp/mnt" 2>/dev/null; then
	unshare -Urm sh -c 'mount -t tmpfs -o size=1500k none "$1" && make O="$1/o" hello_defconfig initramfs' sh "$tmp/mnt" >"$log" 2>&1 </dev/null
	is 'a disk that is full: make fails' $? 2
	like '... and the last line but those of make says why' "$(grep -v ^make "$log" | tail -n 1)" \
		'^bzinit: the disk is full at .*: make room, or use another place'
else
	skip 'a disk that is full' 'no mount in a user namespace here'
fi
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$tmp" "$tmp/elsewhere"
	one_line 'files of root' '^bzinit: .*belongs to root .*sudo make.*: run .sudo chown -R ' \
		setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'scripts/build-dir build "$1" true || exit 2' sh "$tmp/elsewhere"
else
	chmod a-w "$tmp/elsewhere/.lock"
	one_line 'files that cannot be written' '^bzinit: cannot write to the build directory' make O="$tmp/elsewhere" initramfs
fi
done_testing
