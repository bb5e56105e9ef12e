#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a fragment asks for is in the kernel's configuration, or the build stops
# and says where and why; and the fragments we ship are kept by the kernels we
# know. No kernel is compiled. FULL=1 tries each option alone on every tree,
# and not on the first one only.

# shellcheck disable=SC2317
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

top=$PWD
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bzinit
HOSTCC=${HOSTCC:-cc}
export HOSTCC
fragments=$top/configs/fragments
unset MAKEFLAGS MFLAGS MAKELEVEL KCONFIG_CONFIG KCONFIG_ALLCONFIG KBUILD_OUTPUT ARCH CONFIG_ srctree

mkdir -p "$tmp/scripts/kconfig"
$HOSTCC -std=gnu11 -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -I scripts/lib \
	-o "$tmp/scripts/kconfig/check-fragments" scripts/kconfig/check-fragments.c scripts/lib/*.c || exit 1
cd "$tmp" || exit 1
joiner() { scripts/kconfig/check-fragments --join "$@"; }

# --- joining: text only ---------------------------------------------------------

printf '# Help: one\nCONFIG_A=y\nCONFIG_B="x y"\n\n# CONFIG_C is not set\n' >one
printf '# CONFIG_A is not set\nCONFIG_D=0x10\nCONFIG_A=m\n' >two
ok 'fragments are joined' joiner -o both one two
is 'each symbol stands once, the last value wins, with its place' "$(cat both)" \
'# one:3
CONFIG_B="x y"
# one:5
# CONFIG_C is not set
# two:2
CONFIG_D=0x10
# two:3
CONFIG_A=m'
joiner -o first two one
is 'a later file wins' "$(grep CONFIG_A first)" CONFIG_A=y
like '-v tells what was replaced by what' "$(joiner -v -o both one two 2>&1)" \
	'^one:2: CONFIG_A=y, replaced: two:3 says m$'
is 'without -v nothing is said' "$(joiner -o both one two 2>&1)" ''
is '--strip shortens names' "$(joiner --strip "$tmp/" -o both "$tmp/one"; head -n 1 both)" '# one:2'

refuse() {
	printf 'CONFIG_A=y\n%b\n' "$2" >bad
	rm -f out
	message=$(joiner -o out bad 2>&1) && message="accepted: $message"
	like "refused: $1" "$message" '^bad:2: neither'
	ok "... and nothing is written" test ! -e out
}
refuse 'a word that is no setting' 'please CONFIG_B=y'
refuse 'no value' 'CONFIG_B='
refuse 'blanks around the equals sign' 'CONFIG_B = y'
refuse 'a string without its end' 'CONFIG_B="x'
refuse 'something behind a string' 'CONFIG_B="x" # why'
refuse 'no name' 'CONFIG_=y'
refuse 'a DOS line end' 'CONFIG_B=y\r'
like 'a fragment that is not there is named' "$(joiner -o out gone 2>&1)" '^gone: cannot read'

for f in "$fragments"/*.config; do
	is "$(basename "$f") begins with its help" \
		"$(sed -n '1s/^# Help: [^ ].*/help/p; 2s/^# SPDX-License-Identifier: GPL-2.0-only$/licence/p' "$f" | tr '\n' ' ')" 'help licence '
done

# --- with a kernel tree ---------------------------------------------------------

# Each run of kconfig asks the compiler the same hundred questions: this one
# remembers its answers, under a path made of the question, without starting
# any other process. The directories .tmp_PID that the kernel names do not count.
mkdir "$tmp/memory"
cat >"$tmp/cc" <<EOF
#!/bin/sh
question="\$* "
case \$question in
*' - '*) exec ${CC:-gcc} "\$@" ;;
*.tmp_*) question=\${question%%.tmp_*}.tmp_\${question#*.tmp_*/} ;;
esac
answer="$tmp/memory/\$question"
if [ ! -e "\$answer.status" ]; then
	mkdir -p "\${answer%/*}"
	${CC:-gcc} "\$@" </dev/null >"\$answer.out" 2>"\$answer.err"
	echo \$? >"\$answer.status"
fi
[ ! -s "\$answer.out" ] || cat "\$answer.out"
[ ! -s "\$answer.err" ] || cat "\$answer.err" >&2
read -r status <"\$answer.status"
exit "\$status"
EOF
chmod +x "$tmp/cc"

# The environment of the kernel's make is asked for once per tree ($1), in its
# directory ($2); after that conf runs by itself, which is quicker.
prepare() {
	mkdir -p "$2/linux"
	printf '#!/bin/sh\nenv -0 >%s/linux/env0\n' "$tmp/$2" >"$2/dump"
	chmod +x "$2/dump"
	# shellcheck disable=SC2086
	EXPLAIN=$tmp/$2/dump $kmake -s KBUILD_KCONFIG="$top/scripts/kconfig/Kconfig.explain" \
		listnewconfig >"$2/log" 2>&1 && test -s "$2/linux/env0"
}

# run_conf NAME: NAME.joined -> linux/NAME.config, in the directory of a tree.
run_conf() {
	# shellcheck disable=SC2016
	(cd linux && xargs -0 sh -c 'name=$0; exec env -i "$@" KCONFIG_CONFIG="$name.config" \
		KCONFIG_ALLCONFIG="$name.joined" scripts/kconfig/conf -s --allnoconfig Kconfig' \
		"$1" <env0 >"$1.log" 2>&1)
}

# kept NAME FILE...: every setting of the files is kept.
kept() {
	name=$1
	shift
	scripts/kconfig/check-fragments --join --strip "$top/" -o "linux/$name.joined" "$@" || return
	if ! run_conf "$name"; then
		cat "linux/$name.log"
		return 1
	fi
	# shellcheck disable=SC2086
	"$top/scripts/kconfig/check-config" "linux/$name.config" "linux/$name.joined" $kmake || return 1
	! grep -i 'unmet direct dep' "linux/$name.log"
}

# The files that our own Kconfig and Kbuild select for settings on standard input.
selected() {
	cat >ours.in
	srctree=$top KCONFIG_CONFIG=$PWD/ours.config linux/scripts/kconfig/conf -s \
		--defconfig="$PWD/ours.in" "$top/Kconfig" >/dev/null || return
	# shellcheck disable=SC2016
	printf 'include %s/ours.config\ninclude %s/configs/arch/x86_64.mk\ninclude %s/Kbuild\nall:;@echo $(addprefix %s/,$(fragment-y))\n' \
		"$PWD" "$top" "$top" "$fragments" | make -s -f - all
}

# A setting for each of our options: y for the arguments, n for the others.
only() {
	for option in $all_options; do
		case " $* " in
		*" $option "*) echo "CONFIG_$option=y" ;;
		*) echo "# CONFIG_$option is not set" ;;
		esac
	done
}
all_but() {
	# shellcheck disable=SC2046
	only $(for option in $all_options; do
		case " $* " in *" $option "*) ;; *) echo "$option" ;; esac
	done)
}
all_options=$(sed -n 's/^config \(FRAGMENT_[A-Z0-9_]*\)$/\1/p' "$fragments/Kconfig")

every_setting_explained() {
	printf 'CONFIG_64BIT=y\nCONFIG_EXPERT=y\nCONFIG_SYSFS=y\nCONFIG_DEFAULT_HOSTNAME="box"\nCONFIG_PRINTK=y\nCONFIG_BLK_DEV_INITRD=y\n' >fine
	cat >lost <<-'EOF'
	# Help: settings that are lost, one by one
	CONFIG_E1000=y
	CONFIG_VIRTIO_MENUU=y
	# CONFIG_KERNFS is not set
	CONFIG_LOG_BUF_SHIFT=99
	CONFIG_HZ_1000=y
	CONFIG_HZ_100=y
	CONFIG_IKCONFIG=m
	CONFIG_TTY="yes"
	# CONFIG_NO_SUCH_THING is not set
	# Optional: only other kernels have it
	CONFIG_NOT_IN_THIS_KERNEL=y
	# Optional: but this one has it
	CONFIG_E1000E=y
	EOF
	scripts/kconfig/check-fragments --join -o linux/lost.joined fine lost
	run_conf lost
	# shellcheck disable=SC2086
	said=$("$top/scripts/kconfig/check-config" linux/lost.config linux/lost.joined $kmake 2>&1) &&
		said="nothing was found: $said"
	said=$(printf '%s\n' "$said" | tr '\n' '~')~
	like "$1: unmet dependency, with its place" "$said" '^lost:2: CONFIG_E1000=y: got n~(    unmet: [A-Z_]* \[=n\]~)*    unmet: PCI \[=n\]~'
	like "$1: unknown symbol, and the nearest one" "$said" '~lost:3: CONFIG_VIRTIO_MENUU=y: got nothing~    there is no such symbol in linux [0-9.]*; did you mean VIRTIO_MENU\?~'
	like "$1: off, but selected" "$said" '~lost:4: CONFIG_KERNFS=n: got y~    selected by: SYSFS \[=y\]~'
	like "$1: number out of range" "$said" '~lost:5: CONFIG_LOG_BUF_SHIFT=99: got [0-9]+~    its range is 12 to 25~'
	like "$1: the other one of a choice" "$said" '~lost:(6: CONFIG_HZ_1000|7: CONFIG_HZ_100)=y: got n~    only one of a choice can be on: HZ_1000? is~'
	like "$1: m without modules" "$said" '~lost:8: CONFIG_IKCONFIG=m: got y~    m means y: MODULES \[=n\]~'
	like "$1: a string where y or n belongs" "$said" '~lost:9: CONFIG_TTY="yes": got [yn]~    it is a bool: write y or n~'
	like "$1: unknown symbol that is to be off" "$said" '~lost:10: CONFIG_NO_SUCH_THING=n: got nothing~'
	unlike "$1: optional and unknown will do" "$said" 'NOT_IN_THIS_KERNEL'
	like "$1: optional and known must be kept" "$said" '~lost:14: CONFIG_E1000E=y: got n~    unmet: '
	unlike "$1: what was kept is not mentioned" "$said" 'fine:'
	ok "$1: all kept is success, in silence" test -z "$(kept fine fine 2>&1 || echo failed)"

	# A kconfig that explain cannot be linked with.
	said=$(HOSTCC=false "$top/scripts/kconfig/check-config" linux/lost.config linux/lost.joined false 2>&1) && said=success
	like "$1: place and symbol are told even if the reason cannot be found" "$said" '^lost:2: CONFIG_E1000=y: got n$'
}

# Half of the options ($1 is 0 or 1), each alone, in a directory of its own
# beside the tree's ($2): NAME.result holds "kept", or why not.
alone_half() {
	mkdir -p "$2.$1/scripts/kconfig" && cd "$2.$1" || return
	cp "$tmp/scripts/kconfig/check-fragments" scripts/kconfig
	ln -s "../$2/linux" linux
	turn=0
	for option in $all_options; do
		turn=$((1 - turn))
		test $turn -eq "$1" || continue
		files=$(only "$option" | selected)
		# Word by word: paths have no blanks.
		# shellcheck disable=SC2086
		{ kept "$option" $files && echo kept; } >"$tmp/$2/$option.result" 2>&1
		case $files in *' '*.config*) ;; *) echo 'no file is selected' >"$tmp/$2/$option.result" ;; esac
	done
}

each_alone() {
	(alone_half 0 "$2") &
	(alone_half 1 "$2") &
	wait
	for option in $all_options; do
		is "$1: $option alone is kept" "$(cat "$tmp/$2/$option.result")" kept
	done
}

trees=
for tree in ${KERNEL_SRC:+"$KERNEL_SRC"} "$cache"/linux-source-6.12_* "$cache"/linux-source-6.1_* \
		"$cache"/linux-source-7.*_*; do
	test -e "$tree/scripts/kconfig/Makefile" && trees="$trees $tree"
done
test -n "$trees" || skip 'with a kernel tree' 'none is unpacked: run make defconfig first'

here=$PWD number=0
for tree in $trees; do
	number=$((number + 1))
	name=$(basename "$tree")
	KERNEL_SRC=$tree
	export KERNEL_SRC
	kmake="make -C $tree O=$tmp/$number/linux ARCH=x86_64 CC=$tmp/cc RUSTC=no-rustc BINDGEN=no-bindgen PAHOLE=no-pahole"
	ok "$name: its kconfig can be built and asked" prepare "$tree" "$number" || continue
	cd "$number" || exit 1
	ln -s ../scripts scripts
	every_setting_explained "$name"
	# Lists of files are words: paths have no blanks.
	# shellcheck disable=SC2046
	ok "$name: all that can be together is kept" kept together \
		$(all_but FRAGMENT_TINY FRAGMENT_HARDENING | selected)
	# shellcheck disable=SC2046
	ok "$name: so are the hardened ones" kept hardened \
		$(all_but FRAGMENT_TINY FRAGMENT_KASAN FRAGMENT_MODULES FRAGMENT_FTRACE | selected)
	for d in "$top"/configs/tiny_defconfig "$top"/configs/guest_defconfig "$top"/configs/pc_defconfig; do
		# shellcheck disable=SC2046
		ok "$name: $(basename "$d") is kept" kept "$(basename "$d")" $(selected <"$d")
	done
	cd "$here" || exit 1
	if [ $number -eq 1 ] || [ -n "${FULL-}" ]; then
		each_alone "$name" "$number"
	fi
done
done_testing
