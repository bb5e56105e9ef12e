# SPDX-License-Identifier: GPL-2.0-only
"""One boot, twice: recorded undisturbed, then replayed and stopped at will.

Why a recording: under -icount a breakpoint moves the virtual clock to the next
timer (QEMU takes a stopped processor for an idle one), so that a stop in the
boot itself changes what it measures, by up to 55 ms each. A replay takes its
time from the recording, and the stub's stops leave no trace in it. Its place
is QEMU's own count of executed instructions, exact to one."""
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

from boot import Refused, machine, output, run
from boot.gdbstub import SIGTRAP, Gone, Stub, StubError
from boot.machine import CLOCK_BASE
from boot.session import die_with
from boot.terminal import Terminal

SETTLE, TIMEOUT = 2, 300            # seconds of real time, of a boot that is recorded
REPLAY_TIMEOUT = 1800               # seconds for a replay, which ends by itself
UNPACKED, PATIENCE = 1_000_000, 1000    # instructions after which to look, how often
# A virtual timer need not be tried out and calibrated: under this clock the kernel of
# QEMU's pc fails at it, which takes 200 ms of the boot and half a minute of real time
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
            "command_line": machine.kernel_command_line(o, "tcg"), "arch": o.arch,
            "machine": o.machine, "memory": o.memory, "accel": "tcg", "timeout": o.timeout,
            "qemu_arguments": o.extra, "qemu": version.decode(errors="replace").partition("\n")[0]}


def sources(*modules):
    """Return a hash of the files of the packages that MODULES are of: a measurement
    is made anew when the program that makes it has changed."""
    files = sorted(f for m in modules for f in glob.glob(f"{os.path.dirname(m)}/**/*.py",
                                                         recursive=True))
    return hashlib.sha256("".join(map(sha256, files)).encode()).hexdigest()


class Recording:
    """A recorded boot. O are its options, PATH is QEMU's file, RESULT what run.json
    says of it, CONSOLE what the guest printed, KEY what it was made from."""

    def __init__(self, o, folder, key):
        self.o, self.path, self.key = o, f"{folder}/replay", key
        with open(f"{folder}/result.json", encoding="utf-8") as f:
            self.result = json.load(f)
        with open(f"{folder}/console", "rb") as f:
            self.console = f.read()


@contextlib.contextmanager
def recorded(o):
    """The Recording of the boot that O asks for, as a context.

    One is kept in BUILD/boot, so that programs which ask for the same boot share
    it. BUILD/console.log and BUILD/run.json are those of the recording."""
    o = copy.copy(o)
    o.timeout, o.settle, o.clock = o.timeout or TIMEOUT, SETTLE, ("record", "")
    key = made_from(o)
    with contextlib.ExitStack() as stack:
        if o.build:
            home = f"{o.build}/boot"
            os.makedirs(home, exist_ok=True)
        else:
            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="boot."))
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        folder = f"{home}/recording-{name}"
        if not os.path.isdir(folder):
            make(o, home, folder)
        recording = Recording(o, folder, key)
        if o.build:
            with output.stream(f"{o.build}/console.log") as f:
                f.write(recording.console)
            run.write_result(o.build, recording.result)
        yield recording


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
        output.write(f"{whole}/result.json", json.dumps(result))
        for old in glob.glob(f"{glob.escape(home)}/recording-*"):
            shutil.rmtree(old, ignore_errors=True)
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
    """A context: the recorded boot, stopped at its first instruction."""

    def __init__(self, recording):
        o = copy.copy(recording.o)
        o.clock = ("replay", recording.path)
        self.platform = o.platform
        ours, theirs = socket.socketpair()
        argv = machine.qemu_argv(o, "tcg", dict.fromkeys(("console", "status", "uart"), "null"))
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
            raise Refused(f"the replay did not start: {words[-1] if words else e.args[0]}") from None
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
        """Run to the next breakpoint. The address, with self.regs; None at the
        end of the recording."""
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
        """From an entry of the decompressor on, until it has unpacked the first bytes
        of the kernel to BASE: the first instruction's address, by the ELF header. It
        is not always the first byte. A breakpoint cannot tell: in the decompressor's
        pages it would make it ten times slower."""
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
        """How many have been executed."""
        words = re.search(r"count = (\d+)", self.stub.monitor("info replay"))
        if not words:
            raise StubError("QEMU's monitor does not tell the instruction count")
        self.count = int(words[1])
        return self.count

    def now(self):
        """Virtual ns since reset: executed instructions and, apart from them, how
        long the machine slept. Only the ACPI timer shows sleep to the outside;
        its tick is 279 ns, so sleep is taken to have happened if it is ahead of
        the instructions by more than one. It wraps in 4.7 s: the real-time clock
        tells how often. At its end the machine is put to sleep until its next
        timer, which is none of its own time. None if QEMU is gone."""
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
        """The real-time clock, which started with the machine at CLOCK_BASE."""
        text = self.stub.monitor("qom-get /machine rtc-time")
        try:
            told = json.loads(text)
            date = datetime.datetime(told["tm_year"] + 1900, told["tm_mon"] + 1, told["tm_mday"],
                                     told["tm_hour"], told["tm_min"], told["tm_sec"])
        except ValueError:
            return 0                # a machine without one, or a guest that set it
        return int((date - datetime.datetime.fromisoformat(CLOCK_BASE)).total_seconds())
