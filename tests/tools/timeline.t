#!/bin/sh
# shellcheck disable=SC2317 # ok and refused call them
# SPDX-License-Identifier: GPL-2.0-only
#
# make timeline: all of a boot is in it, exact, and the same twice. The built
# tiny image is booted, and a distribution's kernel (DISTRO_KERNEL=FILE).
. tests/lib/build.sh

tiny=$BUILD/tiny

# timeline ARGS...: of the tiny image, its output in $log
timeline() { mk O="$tiny" timeline "$@"; }

# spans FILE STATEMENT: a statement of Python's about e (all), by (name), and
# stages, levels, calls, steps (events) holds
spans() {
	python3 - "$@" <<'END'
import json, sys
told = json.load(open(sys.argv[1]))
e = [x for x in told["traceEvents"] if x["ph"] == "X"]
by = {x["name"]: x for x in e}
stages, levels, calls, steps = ([x for x in e if x["cat"] == cat]
                                for cat in ("stage", "level", "initcall", "step"))
start = lambda x: x["args"]["start_ns"]
end = lambda x: x["args"]["start_ns"] + x["args"]["ns"]
inside = lambda x, y: start(y) <= start(x) and end(x) <= end(y)
info, total = told["otherData"], told["otherData"]["end_ns"]
if not eval(" ".join(sys.argv[2].split())):
    print(sys.argv[2], *(f"{start(x)} {x['args']['ns']} {x['cat']} {x['name']}" for x in e), sep="\n")
    sys.exit(1)
END
}

built tiny tiny_defconfig
ok 'make timeline boots it' timeline
one=$tmp/one.json
cp "$tiny/timeline.json" "$one"
cp "$log" "$tmp/table"
like 'the table has firmware first' "$(grep -A 1 'start ms' "$tmp/table")" '^ +0\.000 .*%  firmware$'
like '... and ends with the sentence' "$(tail -n 1 "$tmp/table")" \
	"^PID 1's first instruction comes [0-9.,]+ ms after reset, .* at [0-9.,]+ ms; the ten above"
is '... below ten costliest' "$(sed -n '/costliest$/,/^$/p' "$tmp/table" | grep -c %)" 10
like '... and says its unit' "$(cat "$tmp/table")" 'guest instructions, 1 ns each'

ok 'all stages, in order' spans "$one" '[x["name"] for x in stages] == ["firmware",
	"real-mode setup", "32-bit entry", "decompression", "startup_64", "start_kernel",
	"kernel_init", "initcalls", "to user space", "exec of /init", "PID 1", "services"]'
ok '... which tile the boot from reset to its end' spans "$one" 'start(stages[0]) == 0 and
	all(end(a) == start(b) for a, b in zip(stages, stages[1:])) and end(stages[-1]) == total'
ok '... all exact' spans "$one" 'all(x["args"]["precision"] == "exact" for x in e)'
ok 'each level of initcalls lies in its stage, one after the other' spans "$one" '[x["name"]
	for x in levels] == [n + " initcalls" for n in "early pure core postcore arch subsys fs rootfs device late".split()]
	and all(inside(x, by["kernel_init"] if x["name"][:5] == "early" else by["initcalls"]) for x in levels)
	and all(end(a) <= start(b) for a, b in zip(levels, levels[1:]))'
ok '... and the initcalls in it sum up to no more' spans "$one" 'all(sum(c["args"]["ns"] for c in calls
	if inside(c, x)) <= x["args"]["ns"] and x["args"]["calls"] == sum(inside(c, x) for c in calls) for x in levels)'
is 'each initcall of System.map is there' "$(python3 -c 'import json, sys
print(sum(e.get("cat") == "initcall" for e in json.load(open(sys.argv[1]))["traceEvents"]))' "$one")" \
	"$(grep -c ' __initcall__kmod_.*\(early\|rootfs\|[0-7]s\?\)$' "$tiny/linux/System.map")"
ok 'each step of our PID 1, one after the other' spans "$one" '[x["name"] for x in steps] ==
	"signals_block signals_default inherited_drop console_open mounts_make console_settle cmdline_read console_size
	crash_prepare watchdog_open buttons_open machine_prepare mounts_share handover_show env_make services_prepare".split()
	and all(inside(x, by["PID 1"]) for x in steps)'
ok 'each moment is counted once' spans "$one" 'sum(x["args"]["own_ns"] for x in e
	if x["cat"] != "level") <= total'
ok 'the initramfs is unpacked' spans "$one" 'by["unpacking the initramfs"]["args"]["ns"] > 10000'
ok 'the file is in the trace-event format' spans "$one" 'all(set(x) >= {"ph", "ts", "dur", "pid",
	"tid", "name"} and x["dur"] >= 0 and x["ts"] * 1000 == start(x) or abs(x["ts"] * 1000 - start(x)) < 1 for x in e)
	and isinstance(told["traceEvents"], list)'
ok '... where ts + dur is the end, not a fraction of a ns behind it' spans "$one" \
	'all(x["ts"] + x["dur"] == end(x) / 1000 for x in e)'
ok 'run.json is about the boot, not about looking at it' test "$(verdict "$tiny" outcome)" = settled
ok 'the timers are not tried out' spans "$one" '"no_timer_check nolapic_timer" in info["command_line"]'
ok '... unless it is asked for' timeline TIMER_TESTS=1 TIMEOUT=2
ok '... then they are' spans "$tiny/timeline.json" '"timer" not in info["command_line"]'

ok 'a second run' timeline BASE="$one"
like '... is the same' "$(cat "$log")" 'in all the spans, each within the noise'
ok '... within 0.1 % in total and in PID 1' python3 -c 'import json, sys
a, b = (json.load(open(f))["otherData"] for f in sys.argv[1:])
near = lambda x, y: abs(x - y) <= x / 1000
sys.exit(not (near(a["end_ns"], b["end_ns"]) and near(a["marks_ns"]["init"], b["marks_ns"]["init"])))' \
	"$one" "$tiny/timeline.json"
kept=$(stat -c '%i %Y' "$tiny"/recording/*/replay)
ok 'a third run' timeline
is '... replays the recording that is there' "$(stat -c '%i %Y' "$tiny"/recording/*/replay)" "$kept"
for cut in "$tiny"/recording/*/replay; do : >"$cut"; done
ok 'a recording that a crash has cut short' timeline BASE="$one"
like '... is made again' "$(cat "$log")" 'in all the spans, each within the noise'
ok 'with more to print' timeline BASE="$one" APPEND='initcall_debug loglevel=8'
like '... BASE tells which span became slower' "$(cat "$log")" 'slower +\+0\.[0-9]+ ms  acpi_init  \([0-9.]+ → '
unlike '... and none faster' "$(cat "$log")" '^ +faster'
ok 'and back' timeline BASE="$tiny/timeline.json"
like '... faster' "$(cat "$log")" 'faster +-0\.[0-9]+ ms  acpi_init'

ok 'a workload until power-off' timeline CMD=/bin/nothing
like '... is what it ends with' "$(tail -n 1 "$log")" 'power-off at'
ok 'a kernel that panics' timeline APPEND=rdinit=/none
like '... has a timeline to that point' "$(tail -n 1 "$log")" '^PID 1 was never started, panic at'
ok '... with all initcalls in it' spans "$tiny/timeline.json" 'len(levels) == 10 and info["ended"] == "panic"'

# Sleep that is longer than the machine is waited for if nothing will happen any more
mkdir "$tmp/sleeper"
ln -s "$tiny/bzImage" "$tiny/linux" "$tiny/init-src" "$tiny/tools" "$tmp/sleeper/"
printf '#include <unistd.h>\nint main(void) { return sleep(12); }\n' | cc -static -o "$tmp/sleep12" -xc -
printf 'dir /bin 755 0 0\nfile /bin/sleep12 %s 755 0 0\n' "$tmp/sleep12" >"$tmp/list"
"$tiny/linux/usr/gen_init_cpio" "$tmp/list" >"$tmp/sleeper/initramfs.cpio"
ok 'a workload that sleeps' tools/timeline/timeline --build "$tmp/sleeper" \
	--initrd "$tmp/sleeper/initramfs.cpio" --cmd /bin/sleep12
ok '... is counted until the power-off' spans "$tmp/sleeper/timeline.json" \
	'12e9 < total < 14e9 and info["ended"] == "power-off" and "init" in info["marks_ns"]'

# refused NAME ERE ARGS...: one line that says so, and no timeline
refused() {
	_what=$1 _ere=$2
	shift 2
	rm -f "$tmp/none.json"
	if tools/timeline/timeline --build "$tiny" --output "$tmp/none.json" "$@" >"$log" 2>&1; then
		result 1 "$_what is refused"
	elif [ "$(wc -l <"$log")" -eq 1 ] && [ ! -e "$tmp/none.json" ]; then
		like "$_what is refused in one line" "$(cat "$log")" "$_ere"
	else
		result 1 "$_what is refused in one line" || diag "$(cat "$log")"
	fi
}
echo '{"traceEvents": []}' >"$tmp/bad.json"
refused 'no such kernel' '^timeline: kernel /none: No such file' --kernel /none
refused 'no such BASE' '^timeline: BASE .*: No such file' --base "$tmp/none"
refused 'a BASE that is something else' 'not a timeline.json' --base "$tmp/bad.json"
refused 'a disk, which cannot be recorded,' '^timeline: --drive' --drive "$tmp/bad.json"
refused 'an option that is none' '^timeline: .*--bogus' --bogus
refused 'KVM, which counts no instructions,' '^timeline: --accel kvm' --accel kvm

ok 'the same kernel as if it were another one' timeline KERNEL="$tiny/bzImage" INITRD=1
ok '... is entered at the same time' python3 -c 'import json, sys
a, b = (json.load(open(f))["otherData"]["marks_ns"] for f in sys.argv[1:])
sys.exit(not all(abs(a[x] - b[x]) < 20000 for x in ("code64", "vmlinux")))' "$one" "$tiny/timeline.json"

# What only kernels show that are not built here: a first instruction that is not
# the first byte, 32 bits, an end before kernel_init
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=. /usr/bin/python3 - "$tiny/bzImage" >"$log" <<'END'
import struct, sys
from types import SimpleNamespace as Fake
from boot.arch.x86_64 import ARCH
from boot.image import KernelImage
from boot.replay import Replay
from boot.symbols import Symbols
from tools.timeline import places, tree
from tools.timeline.trace import Span

image, known = KernelImage(sys.argv[1]), Symbols([(0x1000123, "phys_startup_64", True)], "")
stages, unpacked = places.boot_protocol(image, ARCH, known)
print("by System.map:", hex(stages["vmlinux"]), unpacked)
stages, unpacked = places.boot_protocol(image, ARCH, None)
print("without:", "vmlinux" in stages, hex(unpacked))
for wide, rest in ((2, struct.pack("<Q", 0x1000b53)), (1, struct.pack("<II", 0x1000b53, 0x34))):
    memory = [bytes(32), bytes(32), b"\x7fELF" + bytes((wide,)) + bytes(19) + rest]
    replay = Replay.__new__(Replay)
    replay.stub = Fake(monitor=lambda line: "count = 7\n", go=lambda: None, wait=lambda *_: 2,
                       read=lambda at, n: memory.pop(0))
    print("by its header:", hex(replay.kernel_entry(unpacked)), len(memory))
marks = {"setup": 1, "code32": 2, "vmlinux": 3, "start_kernel": 4}
arch = Span("setup_arch", "function", 5, 8, args={"stack": 1})
stages, beside = tree.build(Fake(marks=marks, spans=[arch], steps=[], switches=[], logged=set()), 9, "")
print(*(s.name for s in stages), sep=", ")
print(beside, tree.own_time(stages[-1]))
END
is 'a kernel is entered where System.map or its ELF header says' "$(head -n 4 "$log")" \
	"by System.map: 0x1000123 None
without: False 0x1000000
by its header: 0x1000b53 0
by its header: 0x1000b53 0"
is 'a 32-bit kernel is unpacked after the 32-bit entry' "$(sed -n 5p "$log")" \
	'firmware, real-mode setup, decompression, startup_64, start_kernel'
is 'what start_kernel does is in it, though there was no kernel_init' "$(sed -n 6p "$log")" '[] 2'
cp "$tiny/bzImage" "$tmp/broken"
head -c 4096 /dev/zero | dd of="$tmp/broken" bs=4096 seek=100 conv=notrunc 2>/dev/null
ok 'a kernel that cannot be unpacked' timeline KERNEL="$tmp/broken"
like '... has a timeline, too' "$(tail -n 1 "$log")" '^PID 1 was never started, halt at'

if [ -r "${DISTRO_KERNEL-}" ]; then
	ok 'a distribution kernel alone' timeline KERNEL="$DISTRO_KERNEL"
	like '... panics' "$(tail -n 1 "$log")" '^PID 1 was never started, panic at'
	ok '... its boot protocol exact, its initcalls from the log' spans "$tiny/timeline.json" \
		'by["decompression"]["args"]["precision"] == "exact" and len(calls) > 300 and
		all(x["args"]["precision"] == "log" and inside(x, by["initcalls"]) for x in calls)'
	ok '... in the order and the time of the machine' spans "$tiny/timeline.json" \
		'all(end(a) == start(b) for a, b in zip(stages, stages[1:])) and end(stages[-1]) == total'
	ok 'the same with our archive' timeline KERNEL="$DISTRO_KERNEL" INITRD=1
	ok '... reaches our PID 1, exactly' spans "$tiny/timeline.json" \
		'by["PID 1"]["args"]["precision"] == "exact" and len(steps) == 16'
else
	skip 'a distribution kernel' 'no DISTRO_KERNEL'
fi
done_testing
