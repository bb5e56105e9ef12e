# SPDX-License-Identifier: GPL-2.0-only
"""Record a boot, then replay it and stop it anywhere.

The boot is recorded because under -icount a breakpoint moves the virtual clock to
the next timer: QEMU treats the stopped processor as idle. Each stop in the boot
itself would change the measurement by up to 55 ms. A replay takes its time from the
recording, and stops leave no trace in it. A place in it is QEMU's count of executed
instructions, exact to one."""
import contextlib
import copy
import datetime
import glob
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

from boot import SRCTREE, Refused, machine, output, run
from boot.gdbstub import SIGTRAP, Gone, Stub, StubError
from boot.machine import CLOCK_BASE
from boot.session import die_with
from boot.terminal import Terminal

SETTLE, TIMEOUT = 2, 300            # seconds of real time, of a boot that is recorded
REPLAY_TIMEOUT = 1800               # seconds for a replay, which ends by itself
UNPACKED, PATIENCE = 1_000_000, 1000    # instructions after which to look, how often
# A virtual timer need not be tested and calibrated. Under this clock the kernel fails to
# do so on QEMU's pc, which takes 200 ms of the boot and half a minute of real time
NO_TIMER_TESTS = "no_timer_check nolapic_timer"


def sha256(path):
    """Return the hash of a file, or None without one."""
    if not path:
        return None
    try:
        with open(path, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except OSError as e:
        raise Refused(f"{path}: {e.strerror}: give a file that can be read") from None


def made_from(o):
    """Return what a measurement of the boot that O asks for depends on."""
    run.check(o)
    version = subprocess.run([o.emulator, "--version"], capture_output=True, check=False).stdout
    return {"kernel_sha256": sha256(o.kernel), "initrd_sha256": sha256(o.initrd),
            "own_kernel": o.own_kernel, "command_line": machine.kernel_command_line(o, "tcg"),
            "arch": o.arch, "machine": o.machine, "memory": o.memory, "accel": "tcg",
            "timeout": o.timeout, "qemu_arguments": o.extra,
            "qemu": version.decode(errors="replace").partition("\n")[0]}


def sources(*modules):
    """Return a hash of the files of the packages that MODULES are of: a measurement
    is made anew when the program that makes it has changed."""
    files = sorted(f for m in modules for f in glob.glob(f"{os.path.dirname(m)}/**/*.py",
                                                         recursive=True))
    return hashlib.sha256("".join(map(sha256, files)).encode()).hexdigest()


class Recording:
    """A recorded boot in FOLDER, with the options O. PATH is QEMU's file, RESULT what
    run.json says of it, CONSOLE what the guest printed. The constructor raises OSError
    or ValueError if there is none that is whole."""

    def __init__(self, o, folder):
        self.o, self.path = o, f"{folder}/replay"
        with open(f"{folder}/result.json", encoding="utf-8") as f:
            self.result = json.load(f)
        with open(f"{folder}/console", "rb") as f:
            self.console = f.read()
        if self.result.pop("hash") != content_hash(folder):
            raise ValueError(folder)
        self.result.update(kernel=o.kernel, initrd=o.initrd)    # the same bytes, perhaps elsewhere


def content_hash(folder):
    """Return a hash of the files of a recording but its result.json, which has it."""
    return [sha256(f"{folder}/{name}") for name in ("replay", "console")]


@contextlib.contextmanager
def recorded(o):
    """The Recording of the boot that O asks for, as a context.

    One is kept in BUILD/recording, so that programs which ask for the same boot share
    it. BUILD/console.log and BUILD/run.json are those of the recording."""
    o = copy.copy(o)
    o.timeout, o.settle, o.clock = o.timeout or TIMEOUT, SETTLE, ("record", "")
    key = made_from(o)
    with contextlib.ExitStack() as stack:
        home = kept_in(o.build) or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="recording."))
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        folder = f"{home}/{name}"
        try:
            recording = Recording(o, folder)
        except (OSError, ValueError, KeyError, Refused):    # none, or cut short by a crash
            make(o, home, folder)
            recording = Recording(o, folder)
        with run.place(o.build) as (log, told):
            if log:
                with contextlib.closing(output.stream(log)) as f:
                    f.write(recording.console)
            run.write_result(told, recording.result)
        yield recording


def kept_in(build):
    """Return the directory in BUILD that make clean removes, or None if BUILD is not
    marked as a build directory and cannot be."""
    done = build and subprocess.run([f"{SRCTREE}/scripts/build-dir", "claim", build, "recording"],
                                    capture_output=True, check=False)
    return f"{build}/recording" if done and done.returncode == 0 else None


def make(o, home, folder):
    """Record a boot to FOLDER in HOME, whole or not at all. It replaces all others."""
    with tempfile.TemporaryDirectory(prefix=".recording.", dir=home) as new:
        o = copy.copy(o)
        whole = f"{new}/whole"
        os.mkdir(whole)
        o.clock, o.log = ("record", f"{whole}/replay"), f"{whole}/console"
        result = run.empty_result()
        run.boot(o, result, Terminal(silent=True))
        if result["outcome"] in ("error", "quit"):
            raise Refused(result["hint"] or result["outcome"], result["exit"])
        output.write(f"{whole}/result.json", json.dumps({**result, "hash": content_hash(whole)}))
        for old in os.listdir(home):
            if re.fullmatch("[0-9a-f]{16}", old):
                shutil.rmtree(f"{home}/{old}", ignore_errors=True)
        os.rename(whole, folder)


def end_of(recording, instructions):
    """Return the ns at which a recording ends, of which the number of instructions is
    known. At its end the machine sleeps until its next timer, which is none of the
    boot's time; so it is replayed until just before."""
    with Replay(recording) as replay:
        replay.run_to(instructions - 1)
        now = replay.now()
    if now is None:
        raise StubError("the replay broke off before its end: QEMU is gone")
    return now + 1


class Replay:
    """A recorded boot, as a context, that stands at its first instruction."""

    def __init__(self, recording):
        o = copy.copy(recording.o)
        o.clock = ("replay", recording.path)
        self.platform = o.platform
        ours, theirs = socket.socketpair()
        # The guest sees whether a virtio port is connected, as it was in the recording; the
        # chardev "null" never is.
        plugs = dict.fromkeys(("console", "status", "uart"), "file,path=/dev/null")
        argv = machine.qemu_argv(o, "tcg", plugs)
        parent, fd = os.getpid(), theirs.fileno()
        self.qemu = subprocess.Popen(
            [*argv, "-chardev", f"socket,id=gdb,fd={fd}", "-gdb", "chardev:gdb", "-S"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            pass_fds=(fd,), start_new_session=True, preexec_fn=lambda: die_with(parent))
        theirs.close()
        try:
            self.stub = Stub(ours)
        except StubError as e:
            self.close()
            words = self.qemu.stderr.read().decode(errors="replace").strip().splitlines()
            why = words[-1] if words else e.args[0]
            raise Refused(f"the replay did not start: {why}") from None
        except BaseException:
            self.close()
            raise
        self.idle = 0               # ns asleep, so far
        self.count = 0              # instructions when they were last asked for
        self.ended = False
        self.regs = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.qemu.kill()            # it has no disks, and nobody asks how it ended
        self.qemu.wait()

    def next_stop(self):
        """Run to the next breakpoint. Return the address and set self.regs; return None at
        the end of the recording."""
        try:
            self.stub.go()
            if self.stub.wait(REPLAY_TIMEOUT) != SIGTRAP:
                self.ended = True
                return None
            self.regs = self.stub.registers()
        except Gone:
            return None
        real_mode = not self.regs["cr0"] & 1
        ip = self.regs["rip"] if "rip" in self.regs else self.regs["eip"]
        return ip + (self.regs["cs"] * 16 if real_mode else 0)

    def kernel_entry(self, base):
        """Return the address of the kernel's first instruction, which is not always its first
        byte. From an entry of the decompressor on, run until that has unpacked the ELF
        header to BASE. A breakpoint in its pages would make it ten times slower."""
        for _ in range(PATIENCE):
            self.run_to(self.instructions() + UNPACKED)
            head = self.stub.read(base, 32)
            if head[:4] == b"\x7fELF":
                return int.from_bytes(head[24:32 if head[4] == 2 else 28], "little")
        return base

    def run_to(self, count):
        """Run until COUNT instructions have been executed."""
        self.stub.monitor(f"replay_break {count}")
        self.stub.go()
        self.stub.wait(REPLAY_TIMEOUT)

    def instructions(self):
        """Return how many instructions have been executed."""
        words = re.search(r"count = (\d+)", self.stub.monitor("info replay"))
        if not words:
            raise StubError("QEMU's monitor does not tell the instruction count")
        self.count = int(words[1])
        return self.count

    def now(self):
        """Return the virtual ns since reset, or None if QEMU is gone: the executed
        instructions plus the time that the machine slept. Only the ACPI timer shows
        sleep to the outside. Its tick is 279 ns, so the machine has slept if the timer
        is ahead of the instructions by more than one tick. It wraps every 4.7 s, and the
        real-time clock says how often. At the end of a recording the machine sleeps
        until its next timer, which is none of the boot's time."""
        hz, wrap = self.platform.pm_hz, 1 << self.platform.pm_bits
        try:
            instructions = self.instructions()
            ticks = int(self.stub.monitor(f"i /w {self.platform.pm_timer:#x}").split("=")[1], 16)
        except Gone:
            return None
        if ticks < wrap and not self.ended:     # else there is no such timer, as in a microvm
            known = (instructions + self.idle) * hz // 10**9
            ahead = (ticks - known) % wrap
            if 1 < ahead < wrap - 16:
                known += ahead
                beyond = self.seconds() * hz - known
                known += max(0, -(-beyond // wrap)) * wrap
                self.idle = known * 10**9 // hz - instructions
        return instructions + self.idle

    def seconds(self):
        """Return the seconds of the real-time clock since CLOCK_BASE, when it started."""
        text = self.stub.monitor("qom-get /machine rtc-time")
        try:
            told = json.loads(text)
            date = datetime.datetime(told["tm_year"] + 1900, told["tm_mon"] + 1, told["tm_mday"],
                                     told["tm_hour"], told["tm_min"], told["tm_sec"])
        except ValueError:
            return 0                # a machine without one, or a guest that set it
        return int((date - datetime.datetime.fromisoformat(CLOCK_BASE)).total_seconds())
