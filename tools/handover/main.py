# SPDX-License-Identifier: GPL-2.0-only
"""Stop one boot from outside, over QEMU's gdb stub, wherever control changes
hands, and say what the CPU is then: mode, privilege, code, stack; then follow
one system call, and count how often user and kernel mode take turns.

BUILD/handover.json has all of it: see Documentation/handover.md. Exit status:
0 done, as far as symbols allow; 1 the boot ended before; 2 it could not begin."""
import argparse
import json
import os
import re
import signal
import sys
import tempfile

from tools.handover import stack
from tools.handover import tasks
from tools.handover import words
from tools.handover.debuggee import Ended, Machine
from tools.handover.images import Bad, BzImage
from tools.handover.physical import Physical
from boot import output
from boot.gdbstub import Gone, StubError
from boot.machine import Refused
from boot.replay import NO_TIMER_TESTS, Replay, record
from tools.timeline.report import write
from tools.handover.stops import INIT, Walk

SETTLE = 2              # seconds of real time that the recorded boot is silent at its end


def parse(argv):
    """Our options, and run-qemu's in o.runner."""
    ap = argparse.ArgumentParser(
        description="Stop one boot wherever control changes hands, and say what the CPU is then.",
        epilog="All other options are run-qemu's.", allow_abbrev=False)
    add = ap.add_argument
    add("--build", metavar="DIR", default="build", help="build directory (default: build)")
    add("--kernel", metavar="FILE", help="any bzImage (default: BUILD/bzImage)")
    add("--initrd", metavar="FILE", help="initramfs archive to load beside it")
    add("--append", metavar="WORDS", default="", help="more kernel command line, goes last")
    add("--symbols", metavar="FILE", help="System.map of --kernel (default: the one beside it, "
        "else the kernel's own table in memory)")
    add("--timeout", metavar="SECONDS", default="300", help="for the whole boot (default: 300)")
    add("--machine", choices=("auto", "pc", "q35"), default="pc",
        help="default: pc; a microvm's boot cannot be recorded")
    add("--cpus", help=argparse.SUPPRESS)
    add("--accel", help=argparse.SUPPRESS)
    add("--uefi", action="store_true", help=argparse.SUPPRESS)

    def usage_error(text):
        raise Bad(f"{text} (see handover --help)")
    ap.error = usage_error
    o, o.runner = ap.parse_known_args(argv)
    if o.cpus not in (None, "1") or o.accel not in (None, "auto", "tcg") or o.uefi:
        raise Bad("one CPU is watched, under TCG, booted without UEFI: leave out CPUS=, ACCEL=kvm "
                  "and UEFI=1")
    if o.symbols and not os.path.isfile(o.symbols):
        raise Bad(f"symbols {o.symbols}: no such file: give the System.map of the kernel")
    o.own = not o.kernel
    if not os.path.isdir(o.build):
        raise Bad(f"build directory {o.build}: no such directory: run `make` first")
    o.build = os.path.abspath(o.build)
    o.runner += ["--build", o.build, "--timeout", o.timeout, "--machine", o.machine,
                 "--append", f"{NO_TIMER_TESTS} {o.append}".strip()]
    for name in ("kernel", "initrd"):
        path = getattr(o, name)
        o.runner += [f"--{name}", path] if path else []
    o.kernel = o.kernel or f"{o.build}/bzImage"
    given = {k: v for k, v in re.findall(r"(?:^|\s)(rdinit|init)=(\S+)", o.append)}
    o.init = given.get("rdinit", "/init")
    o.other_init = [given["init"]] if "init" in given else INIT
    return o


class Report:
    """The record, and its text on the terminal as it grows."""

    def __init__(self):
        self.number = 0

    def show(self, what):
        if "stop" in what:
            self.number += 1
            what = words.stop(what, self.number)
        else:
            what = words.started(what)
        show(what)


def show(text):
    """Print TEXT, in which names and strings of the guest are data."""
    print(output.visible(text), flush=True)


def user_mode(machine, way, stop, found):
    """From the first user-mode instruction on."""
    size = 8 if stop["bits"]["CS.L"] else 4
    found["stack"] = stack.decode(machine, stop["sp"], size)
    show(words.stack(found["stack"], size))
    found["call"] = way.border.follow()
    if found["call"]:
        show(words.call(found["call"]))
    found["second"] = way.border.count()
    show(words.crossings(found["second"]))


def watch(o):
    """One boot; returns the exit status."""
    try:
        image = BzImage(o.kernel)
    except OSError as e:
        raise Bad(f"kernel {o.kernel}: {e.strerror}: "
                  + ("run `make` first" if o.own else "give another one")) from None
    path = f"{o.build}/handover.json"
    output.remove(path)
    with tempfile.TemporaryDirectory(prefix="handover.") as tmp:
        told = record([*o.runner, "--settle", str(SETTLE)], o.build, f"{tmp}/recording")
        try:
            with Replay(o.runner, f"{tmp}/recording") as replay:
                status, found = walk(o, image, Machine(replay, told),
                                     told["command_line"])
        finally:
            write(f"{o.build}/run.json", told)
    found = {"kernel": o.kernel, "version": image.version, "initrd": o.initrd,
             "command_line": told["command_line"], **found}
    for item in found["left_out"]:
        show(f"\nleft out: the stop {item['stop']}: {item['why']}")
    write(path, found)
    if status:
        say("the boot ended before: " + ": ".join(filter(None, found["ended"].values())))
    return status


def walk(o, image, machine, line):
    """The stops and all that follows: (exit status, the record)."""
    show(words.beginning(o.kernel, image, line))
    way = Walk(machine, image, o, Report().show)
    found, status = {"ended": None}, 0
    try:
        stop = way.run()
        if stop:
            user_mode(machine, way, stop, found)
    except (Ended, Gone):
        found["ended"] = dict(zip(("outcome", "hint"), machine.end.args))
        status = 1
    found["memory"] = way.layout.json()
    show(words.memory(found["memory"]))
    found["processes"] = at_the_prompt(machine, way, found)
    show(words.processes(found["processes"]))
    return status, {"symbols": way.symbols.origin if way.symbols else None,
                    "stops": way.stops, "left_out": way.left_out, **found}


def at_the_prompt(machine, way, found):
    """The processes, when one waits for the terminal: if none did in the first
    second, at the end of the recording, which was silent for SETTLE seconds."""
    try:
        waits = way.border and way.border.prompt and not found["second"]["ended"]
        if not waits:
            if not found["ended"] and not found.get("second", {}).get("ended"):
                machine.run_to_end()
            if machine.end.args[0] not in ("settled", "timeout"):
                return {"missing": f"the boot did not come to a prompt: {machine.end.args[0]}"}
        memory = machine.dump(way.base, way.image.init_size)
        with Physical(machine, machine.state()) as physical:
            return tasks.read(physical, way.base, memory)
    except tasks.Unknown as e:
        return {"missing": e.args[0]}
    except Gone:
        return {"missing": "QEMU was gone before it could be looked at"}


def say(text):
    sys.stdout.flush()
    print(f"handover: {output.visible(text)}", file=sys.stderr)


def leave(signo, _frame):
    raise SystemExit(128 + signo)


def main(argv):
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signo, leave)
    try:
        return watch(parse(argv))
    except (Bad, Refused, StubError, output.Failed) as e:
        say(e.args[0])
    except BrokenPipeError:         # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 2
