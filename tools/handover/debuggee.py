# SPDX-License-Identifier: GPL-2.0-only
"""The machine that is watched: a replay (see boot/replay.py), and what QEMU's monitor
says of it."""
import os
import re
import tempfile

from boot import gdbstub
from boot.gdbstub import SIGTRAP
from tools.handover.x86 import State

SLACK = 20.0            # seconds that a replay may be behind its recording

class Ended(Exception):
    """The boot is over. args are an outcome, as in run.json, and a hint or None."""


class Machine:
    """A REPLAY; RESULT is what run.json says of its recording."""

    def __init__(self, replay, result):
        self.replay, self.stub = replay, replay.stub
        self.end = Ended(result["outcome"], result["hint"])
        self.patience = SLACK + 2 * result["seconds"]

    def time(self):
        """Return the virtual ns since reset."""
        now = self.replay.now()
        if now is None:
            raise self.end
        return now

    # ------------------------------------------------------------- looking

    def state(self):
        return State(self.stub.monitor("info registers"))

    def read(self, address, length):
        """Return what can be read at a linear address: LENGTH bytes, or fewer."""
        length = min(length, (1 << 32) - address) if address < 1 << 32 else length
        for size in (length, min(length, -address % 4096)):
            if size > 0:
                try:
                    return self.stub.read(address, size)
                except gdbstub.Gone:
                    raise
                except gdbstub.StubError:
                    continue
        return b""

    def word(self, address, size):
        return int.from_bytes(self.stub.read(address, size), "little")

    def words_until_null(self, address, size, limit=4096):
        """Return an array of pointers without the NULL at its end."""
        out = []
        while len(out) < limit:
            value = self.word(address + len(out) * size, size)
            if not value:
                break
            out.append(value)
        return out

    def text(self, address):
        return self.stub.read_string(address).decode("utf-8", "replace")

    def dump(self, start, length):
        """Return the LENGTH bytes of physical memory at START, or b"" if QEMU does not."""
        with tempfile.TemporaryDirectory(prefix="handover.") as folder:
            path = f"{folder}/memory"
            self.stub.monitor(f'pmemsave {start:#x} {length:#x} "{path}"')
            if not os.path.exists(path):
                return b""
            with open(path, "rb") as f:
                return f.read()

    def physical(self, linear):
        """Return the physical address of a linear one, or None."""
        found = re.search(r"gpa: (0x[0-9a-f]+)", self.stub.monitor(f"gva2gpa {linear:#x}"))
        return int(found[1], 16) if found else None

    def region(self, physical):
        """Return QEMU's name of what is at a physical address, such as "rom pc.bios"."""
        for lo, hi, kind, name in re.findall(
                r"^ +([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, (\S+)\): (\S+)",
                self.stub.monitor("info mtree -f").split("Root memory region: memory")[-1], re.M):
            if int(lo, 16) <= physical <= int(hi, 16):
                return f"{kind} {name}"
        return None

    def firmware_value(self, key):
        """Return a 32-bit item of QEMU's fw_cfg device, which the boot ROM reads, too."""
        self.stub.monitor(f"o /h 0x510 {key:#x}")
        data = [re.search(r"= (0x[0-9a-f]+)", self.stub.monitor("i /b 0x511"))
                for _ in range(4)]
        return int.from_bytes(bytes(int(d[1], 16) for d in data), "little")

    # ------------------------------------------------------------- running

    def wait(self):
        """Wait until the guest stops by itself; raise Ended if it has ended."""
        try:
            if self.stub.wait(self.patience) != SIGTRAP:
                raise self.end
        except gdbstub.Gone:
            raise self.end from None

    def go(self):
        self.stub.go()
        self.wait()

    def step(self):
        """Execute one instruction. Return False if the CPU sleeps instead; it is stopped."""
        if self.stub.step() is not None:
            return True
        self.stub.interrupt()
        self.stub.wait()
        return False

    def run_to_end(self):
        """Run to the end of the recording, where the machine stands still."""
        try:
            while True:
                self.go()
        except Ended:
            pass

    def run_to(self, *addresses):
        """Run to the next of some linear addresses; return the State there."""
        for a in addresses:
            self.stub.set_break(a)
        self.go()
        for a in addresses:
            self.stub.clear_break(a)
        return self.state()
