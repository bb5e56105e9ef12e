# SPDX-License-Identifier: GPL-2.0-only
"""Stop one boot from outside, over QEMU's gdb stub, wherever control changes
hands, and say what the CPU is then: mode, privilege, code, stack; then follow
one system call, and count how often user and kernel mode take turns.

BUILD/handover.json has all of it: see Documentation/handover.md. Exit status:
0 done, as far as symbols allow; 1 the boot ended before; 2 it could not begin."""
import os
import re
import sys

from boot import Refused, options, output
from boot.gdbstub import Gone
from boot.image import KernelImage
from boot.replay import NO_TIMER_TESTS, Replay, made_from, recorded, sha256, sources
from tools.handover import printout, stack, tasks
from tools.handover.debuggee import Ended, Machine
from tools.handover.walk import INIT, Walk


def parse(argv):
    """Return the options: run-qemu's and our own."""
    ap = options.parser("handover", "Stop one boot wherever control changes hands, and say what "
                        "the CPU is then.")
    ap.add_argument("--symbols", metavar="FILE", help="System.map of --kernel (default: the one "
                    "beside it, else the kernel's own table in memory)")
    ap.set_defaults(machine="pc", cpus=1)   # whatever the configuration says
    o = options.parse(ap, argv)
    if o.cpus != 1:
        raise Refused("one CPU is watched: leave out CPUS=")
    if o.machine == "microvm":
        raise Refused("--machine microvm: it has no firmware to watch: use pc or q35")
    if not o.build:
        raise Refused("there is no build directory: run `make` first, or name it with --build")
    if o.symbols and not os.path.isfile(o.symbols):
        raise Refused(f"symbols {o.symbols}: no such file: give the System.map of the kernel")
    options.count_instructions(o)
    o.clock = ("record", "")
    given = dict(re.findall(r"(?:^|\s)(rdinit|init)=(\S+)", o.append))
    o.init = given.get("rdinit", "/init")
    o.other_init = [given["init"]] if "init" in given else INIT
    o.append = f"{NO_TIMER_TESTS} {o.append}".strip()
    return o


def inputs(o):
    """Return what a handover is made from: another one with the same is the same."""
    return {**made_from(o), "symbols_sha256": sha256(o.symbols),
            "program": sources(__file__, options.__file__)}


def measure(o, show):
    """Watch the boot that O asks for; return the JSON object. SHOW is given each piece
    of text. Raise Refused if the boot could not be watched at all."""
    image = KernelImage(o.kernel, "run `make` first" if o.own_kernel else "give another one")
    if image.is_elf:
        raise Refused(f"kernel {o.kernel}: not a bzImage, the stops of its boot are not known: "
                      "give a bzImage (vmlinuz)")
    if not image.sized:
        raise Refused(f"kernel {o.kernel}: boot protocol {image.version >> 8}."
                      f"{image.version & 255} is older than 2.12 (Linux 3.8): give a newer kernel")
    key = inputs(o)
    with recorded(o) as recording, Replay(recording) as replay:
        line = recording.result["command_line"]
        show(printout.beginning(o.kernel, image, line))
        found = follow(o, image, Machine(replay, recording.result), show)
    for item in found["left_out"]:
        show(f"\nleft out: the stop {item['stop']}: {item['why']}")
    return {"kernel": o.kernel, "version": image.release, "initrd": o.initrd,
            "command_line": line, "made_from": key, **found}


def follow(o, image, machine, show):
    """Go from stop to stop, and look at all that comes after them; return the record."""
    stops = iter(range(1, 1 << 20))

    def show_stop(what):
        show(printout.stop(what, next(stops)) if "stop" in what else printout.started(what))
    way = Walk(machine, image, o, show_stop)
    found = {"ended": None}
    try:
        stop = way.run()
        if stop:
            user_mode(machine, way, stop, found, show)
    except (Ended, Gone):
        found["ended"] = dict(zip(("outcome", "hint"), machine.end.args))
    found["memory"] = way.layout.json()
    show(printout.memory(found["memory"]))
    found["processes"] = at_the_prompt(machine, way, found)
    show(printout.processes(found["processes"]))
    return {"symbols": way.symbols.origin if way.symbols else None,
            "stops": way.stops, "left_out": way.left_out, **found}


def user_mode(machine, way, stop, found, show):
    """From the first user-mode instruction on."""
    size = 8 if stop["bits"]["CS.L"] else 4
    found["stack"] = stack.decode(machine, stop["sp"], size)
    show(printout.stack(found["stack"], size))
    found["call"] = way.boundary.follow()
    if found["call"]:
        show(printout.call(found["call"]))
    found["second"] = way.boundary.count()
    show(printout.crossings(found["second"]))


def at_the_prompt(machine, way, found):
    """Return the processes at the time when one waits for the terminal: if none did in
    the first second, at the end of the recording, which was silent for two."""
    try:
        waits = way.boundary and way.boundary.prompt and not found["second"]["ended"]
        if not waits:
            if not found["ended"] and not found.get("second", {}).get("ended"):
                machine.run_to_end()
            if machine.end.args[0] not in ("settled", "timeout"):
                return {"missing": f"the boot did not come to a prompt: {machine.end.args[0]}"}
        memory = machine.dump(way.base, way.image.init_size)
        return tasks.read(machine, way.base, memory)
    except tasks.Unknown as e:
        return {"missing": e.args[0]}
    except Gone:
        return {"missing": "QEMU was gone before it could be looked at"}


def say(text):
    sys.stdout.flush()
    print(f"handover: {output.visible(text)}", file=sys.stderr)


def show(text):
    """Print TEXT at once. Names and strings of the guest in it are data."""
    print(output.visible(text), flush=True)


def run(argv):
    o = parse(argv)
    path = f"{o.build}/handover.json"
    output.remove(path)
    found = measure(o, show)
    output.write_json(path, found)
    if found["ended"]:
        say("the boot ended before: " + ": ".join(filter(None, found["ended"].values())))
    return 1 if found["ended"] else 0


def main(argv):
    try:
        with output.fatal_signals():
            return run(argv)
    except Refused as e:
        say(e.args[0])
    except BrokenPipeError:         # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 2
