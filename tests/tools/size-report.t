#!/bin/sh
# shellcheck disable=SC2317 # ok and refused call them
# SPDX-License-Identifier: GPL-2.0-only
#
# make size-report: each byte of vmlinux is in it once, where size and readelf say
# that it is; FRAGMENT= and BASE= say by what two builds differ.
. tests/lib/build.sh

tiny=$BUILD/tiny

# holds NAME STATEMENT...: a statement of Python's about d (size-report.json of
# $dir), leaf (leaves by name), f (fragments by name), with the words behind it as a
dir=$tiny
holds() {
	_name=$1
	shift
	ok "$_name" python3 -c 'import json, re, subprocess, sys
linux = sys.argv[1] + "/linux/"
d, a = json.load(open(sys.argv[1] + "/size-report.json")), sys.argv[3:]
kinds = ("text", "rodata", "data", "init", "bss")
def walk(n):
    yield n
    for c in n.get("children", ()):
        yield from walk(c)
leaf = {n["name"]: n for n in walk(d["tree"]) if "children" not in n}
f = {x["name"]: x for x in d["fragments"]}
def sections(path):
    """[(name, bytes)] of what readelf says is loaded, and its flags"""
    said = subprocess.run(["readelf", "-SW", path], check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) +\S+ +([A-Zop]*A[A-Zop]*) ", said)
    return [(name, int(size, 16), flags) for name, size, flags in lines if int(size, 16)]
def code(name):
    return sum(size for section, size, flags in sections(linux + name)
               if "X" in flags and not re.match(r"\.(init|exit|altinstr|discard)", section))
value = eval(" ".join(sys.argv[2].split()))
sys.exit(0 if value is True else repr(value)[:600])' "$dir" "$@"
}

built tiny tiny_defconfig
built hello hello_defconfig
ok 'make size-report' mk_or_log O="$tiny" size-report
grep -v '^  [A-Z]' "$log" >"$tmp/table"
is 'nothing is left behind' "$(find "$tiny" -maxdepth 1 -name '*size-report.*' ! -name size-report.json)" ''

holds 'the parts sum up to the whole, at each place' 'all(sum(c["bytes"] for c in n["children"]) == n["bytes"]
	for n in walk(d["tree"]) if "children" in n)'
holds '... and so do what the bytes are' 'all(sum(n[k] for k in kinds) == n["bytes"] for n in walk(d["tree"]))'
holds 'the whole is what size says of vmlinux' 'd["vmlinux"] == d["tree"]["bytes"] == int(a[0])' \
	"$(size "$tiny/linux/vmlinux" | awk 'NR == 2 { print $4 }')"
holds '... and readelf' \
	'sum(s[1] for s in sections(linux + "vmlinux")) == d["vmlinux"] == d["tree"]["bytes"]'
holds '... section by section' '[(s["name"], s["bytes"]) for s in d["sections"]] == [s[:2] for s in sections(linux + "vmlinux")]'
holds '... and by kind' 'all(sum(s["bytes"] for s in d["sections"] if s["kind"] == k) == d["tree"][k] for k in kinds)'
# Whose address is between two symbols of System.map.
between='sum(size for size, at in ((int(m[1], 16), int(m[0], 16)) for m in re.findall(
	r"\] \S+ +[A-Z]\S* +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) +\S+ +[A-Zop]*A", a[0])) if int(a[1], 16) <= at < int(a[2], 16))'
symbol() { sed -n "s/^\\([0-9a-f]*\\) . $1\$/\\1/p" "$tiny/linux/System.map"; }
headers=$(readelf -SW "$tiny/linux/vmlinux")
holds 'init is what the kernel frees after boot' "$between == d['tree']['init']" \
	"$headers" "$(symbol __init_begin)" "$(symbol __init_end)"
holds 'code, but for that, is all before _etext' "$between == d['tree']['text']" "$headers" "$(symbol _text)" "$(symbol _etext)"
holds 'bss is all behind __bss_start' "$between == d['tree']['bss'] - sum(x['bytes'] for x in d['sections']
	if x['name'] == '.orc_lookup')" "$headers" "$(symbol __bss_start)" ffffffffffffffff
holds 'the archive takes what its object has' \
	'leaf["usr/initramfs_data.o"]["bytes"] == sum(s[1] for s in sections(linux + "usr/initramfs_data.o"))'
holds 'the code of each object is what readelf finds in it' '[n["name"] for n in leaf.values()
	if n["name"][0] != "(" and n["text"] != code(n["name"])] == []'
holds 'each object is in the archives that the kernel is linked from' 'set(x for x in leaf if x[0] != "(") <=
	set(a[0].split()) | {"init/version-timestamp.o"}' \
	"$(cd "$tiny/linux" && ar t vmlinux.a && ar t lib/lib.a && ar t arch/x86/lib/lib.a)"
holds 'the payload is the stream in the image' 'd["payload"]["compressed"] == int(a[0]) and d["image_bytes"] == int(a[1])' \
	"$(cd "$tiny/linux/arch/x86/boot/compressed" && stat -c %s vmlinux.bin.xz)" "$(stat -c %s "$tiny/bzImage")"

is 'the table is 80 columns wide at most' "$(LC_ALL=C.UTF-8 awk 'length > 80' "$tmp/table")" ''
is '... and its rows add up to the last' "$(awk '/ vmlinux 6/ {print sum == $1; exit}
	substr($0, 55, 3) ~ /^  [^ ]/ && $1 ~ /^[0-9]+$/ {sum += $1}' "$tmp/table")" 1
like '... which is the kernel' "$(cat "$tmp/table")" "^ *$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["vmlinux"])' "$tiny/size-report.json") .* vmlinux 6\\."
like 'the biggest objects are listed' "$(cat "$tmp/table")" '^ *[0-9]+  usr/initramfs_data\.o$'

# The map of LLVM's linker, which kernels of LLVM=1 have: the same objects, linked by it.
lld() (
	mkdir -p "$dir/linux/include/config" && cd "$tiny/linux" &&
	cp include/config/kernel.release "$dir/linux/include/config/" && cp ../bzImage "$dir/" &&
	ld.lld -m elf_x86_64 -z max-page-size=0x200000 --script=arch/x86/kernel/vmlinux.lds --strip-debug \
		-Map="$dir/linux/vmlinux.map" -o "$dir/linux/vmlinux" --whole-archive vmlinux.a init/version-timestamp.o \
		--no-whole-archive --start-group lib/lib.a arch/x86/lib/lib.a --end-group &&
	nm -n "$dir/linux/vmlinux" >"$dir/linux/System.map" &&
	for f in *; do [ -e "$dir/linux/$f" ] || ln -s "$PWD/$f" "$dir/linux/$f"; done
)
if command -v ld.lld >/dev/null; then
	dir=$tmp/lld
	ok 'ld.lld links the same' lld
	ok '... and its map is read' tools/size-report "$dir"
	holds '... to the last byte' 'sum(s[1] for s in sections(linux + "vmlinux")) == d["vmlinux"] ==
		sum(n["bytes"] for n in leaf.values())'
	holds '... and object by object' 'len(leaf) > 500 and [n["name"] for n in leaf.values()
		if n["name"][0] != "(" and n["text"] != code(n["name"])] == []'
	dir=$tiny
else
	skip 'the map of LLVM'\''s linker' 'ld.lld is not installed'
fi

# --- without a fragment ------------------------------------------------------

ok 'FRAGMENT= builds without it' mk_or_log O="$tiny" size-report FRAGMENT=pseudofs
without=$tiny/size/pseudofs
is '... and nothing else' "$(diff "$tiny/.config" "$without/.config" | grep '^[<>].*=')" '< CONFIG_FRAGMENT_PSEUDOFS=y'
like '... and says by what the image differs' "$(cat "$log")" \
	"^The image: $(stat -c %s "$tiny/bzImage") → $(stat -c %s "$without/bzImage") bytes \\(-[0-9]+\\)\$"
holds '... which is in the report' 'f["pseudofs"]["image"] == int(a[0]) - int(a[1]) > 0' \
	"$(stat -c %s "$tiny/bzImage")" "$(stat -c %s "$without/bzImage")"
holds '... with the bytes that size says' 'f["pseudofs"]["bytes"] + f["pseudofs"]["padding"] == d["vmlinux"] - int(a[0])' \
	"$(size "$without/linux/vmlinux" | awk 'NR == 2 { print $4 }')"
holds '... and the objects that are gone' 'f["pseudofs"]["objects"] ==
	len({o for o in set(a[0].split()) - set(a[1].split()) if o in leaf}) > 30' \
	"$(cd "$tiny/linux" && ar t vmlinux.a)" "$(cd "$without/linux" && ar t vmlinux.a)"
like '... directory by directory' "$(cat "$log")" '^ smaller +-[0-9]+  fs/proc  \(gone\)$'

# --- two builds --------------------------------------------------------------

ok 'again' mk_or_log O="$tiny" size-report
is '... the same is said' "$(grep -v '^  [A-Z]' "$log")" "$(cat "$tmp/table")"
cp "$tiny/size-report.json" "$tmp/old.json"
ok 'against itself' mk_or_log O="$tiny" size-report BASE="$tmp/old.json"
like '... nothing differs' "$(cat "$log")" 'nothing is of another size'
ok 'against another build' mk_or_log O="$tiny" size-report BASE="$BUILD/hello"
cp "$log" "$tmp/against"
like '... the archive does' "$(cat "$tmp/against")" '^  larger +\+[0-9]+  usr/\*\.o  \([0-9]+ → [0-9]+\)$'
holds '... by what the archives differ in' 'd["vmlinux"] - d["base"]["vmlinux"] == sum(n["bytes"] for n in leaf.values()) -
	sum(n["bytes"] for n in walk(d["base"]["tree"]) if "children" not in n) and
	leaf["usr/initramfs_data.o"]["bytes"] - int(a[0]) == int(a[1])' \
	"$(size -A "$BUILD/hello/linux/usr/initramfs_data.o" | awk '$1 ~ /^\.init/ {s += $2} END {print s}')" \
	"$(sed -n 's,^  larger *+\([0-9]*\)  usr/.*,\1,p' "$tmp/against")"
ok 'V=1 has each object' mk_or_log O="$tiny" size-report V=1 BASE="$BUILD/hello"
like '... of the archive, too' "$(cat "$log")" '^  larger +\+[0-9]+  usr/initramfs_data.o  \('
is '... and names each one once' "$(grep -c '  kernel/sched/[a-z_]*\.o$' "$log")" \
	"$(cd "$tiny/linux" && ar t vmlinux.a | grep -c '^kernel/sched/')"
printf '{"tree": {"name": "vmlinux", "bytes": 7, "children": [{"name": "\\u001b[2Jx.o", "bytes": 7}]}}' >"$tmp/escape.json"
ok 'a BASE with control characters' mk_or_log O="$tiny" size-report V=1 BASE="$tmp/escape.json"
like '... which do not reach the terminal' "$(cat "$log")" '^ smaller +-7  \\x1b\[2Jx\.o  \(gone\)$'

# --- what is refused ---------------------------------------------------------

cp "$tiny/size-report.json" "$tmp/old.json"
# refused NAME ERE ARGS...: make size-report with these fails, says why, changes no report
refused() {
	_what=$1 _ere=$2
	shift 2
	not_ok_cmd "$_what is refused" mk O="$tiny" size-report "$@"
	like '... in words' "$(cat "$log")" "$_ere"
	ok '... and the report stays' cmp "$tiny/size-report.json" "$tmp/old.json"
}
echo '{"tree": {"name": "vmlinux", "bytes": 1, "children": [' >"$tmp/cut.json"
echo '{"traceEvents": []}' >"$tmp/other.json"
echo '{"tree": {"name": "vmlinux", "bytes": 2, "children": [{"name": "x", "bytes": 1}]}}' >"$tmp/sum.json"
refused 'a kernel without a map' 'KERNEL= has none: see make anatomy KERNEL=/none' KERNEL=/none
refused 'no such BASE' '^size-report: BASE .*/none: No such file' BASE="$tmp/none"
for bad in cut other sum; do
	refused "a BASE that is no report ($bad)" '^size-report: BASE .*: not a size-report.json' BASE="$tmp/$bad.json"
done
refused 'a BASE where nothing is' '^size-report: .*: no kernel was built there' BASE="$PWD/tests"
refused 'no such FRAGMENT' '^size-report: FRAGMENT=none: .* without: tiny pseudofs acpi$' FRAGMENT=none
refused 'a FRAGMENT that another selects' '^size-report: FRAGMENT=acpi: another option selects it' FRAGMENT=acpi

mkdir "$tmp/bad"
cp -a "$BUILD/hello/linux" "$BUILD/hello/bzImage" "$tmp/bad/"
map=$tmp/bad/linux/vmlinux.map
# bad NAME ERE SED: a map changed by SED is refused
bad() {
	sed "$3" "$BUILD/hello/linux/vmlinux.map" >"$map"
	refused "a map $1" "$2" BASE="$tmp/bad"
}
bad 'of another vmlinux' 'bad/linux: \.text of vmlinux is not what vmlinux.map says: run make clean' \
	's/^\(\.text  *0x[0-9a-f]*  *0x\)/\11/'
bad 'with an object in another' 'lies outside of \.text or in another object' \
	's,^\( \.text  *0x[0-9a-f]* *0x\)[0-9a-f]* init/main\.o,\1fffff init/main.o,'
bad 'that is cut short' 'bad/linux: .* of vmlinux is not what vmlinux.map says' '/^\.text/q'
bad 'that is none' 'bad/linux: System.map or vmlinux.map is cut short' '1q'
bad 'of one vmlinux.o' 'LTO_CLANG or X86_KERNEL_IBT is on' 's,init/main\.o$,vmlinux.o,'
rm "$map"
refused 'a BASE without a map' 'bad/linux/vmlinux.map: No such file or directory: .* VMLINUX_MAP' BASE="$tmp/bad"
done_testing
