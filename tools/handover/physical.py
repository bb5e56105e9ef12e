# SPDX-License-Identifier: GPL-2.0-only
"""Memory as the machine has it, whatever the page tables in use show of it.

Format of page tables: Intel SDM volume 3, chapter 4 ("Paging"). That the stub
can read physical memory is in QEMU's manual, "GDB usage"."""
from boot.gdbstub import Gone, StubError

PAGE = 4096
PRESENT, LARGE = 1, 1 << 7
ADDRESS = (1 << 52) - PAGE      # the bits of an entry that are an address
PSE, PAE, LA57 = 1 << 4, 1 << 5, 1 << 12    # of CR4


class Physical:
    """A context: meanwhile the stub reads physical memory. Linear addresses are
    looked up in the page tables that STATE has."""

    def __init__(self, machine, state):
        self.stub, self.known = machine.stub, {}
        self.pointer = 8 if state.long else 4
        self.entry, self.root = 8, state.cr3 & ~(PAGE - 1)
        large = (30, 21)
        if state.long:
            self.shifts = (48, 39, 30, 21, 12) if state.cr4 & LA57 else (39, 30, 21, 12)
        elif state.cr4 & PAE:
            self.shifts, self.root, large = (30, 21, 12), state.cr3 & ~0x1f, (21,)
        else:
            self.shifts, self.entry, large = (22, 12), 4, (22,) if state.cr4 & PSE else ()
        self.large = large      # the levels at which an entry may be a page

    def __enter__(self):
        self.stub.must("Qqemu.PhyMemMode:1", "read physical memory")
        return self

    def __exit__(self, *_):
        try:
            self.stub.must("Qqemu.PhyMemMode:0", "read memory as the CPU sees it")
        except Gone:
            pass                # what raised it in the block is on its way already

    def read(self, address, length):
        """LENGTH bytes at a physical address; b"" where there is no memory."""
        try:
            return self.stub.read(address, length)
        except Gone:
            raise
        except StubError:
            return b""

    def number(self, address, size):
        return int.from_bytes(self.read(address, size), "little")

    def kernels(self):
        """Use the kernel's tables, where page-table isolation is on and the CPU
        still has the user's: they are the page after it."""
        self.root &= ~PAGE
        self.known.clear()

    def translate(self, linear):
        """The physical address behind a linear one, or None."""
        page = linear & ~(PAGE - 1)
        if page not in self.known:
            self.known[page] = self.walk(page)
        start = self.known[page]
        return None if start is None else start + linear % PAGE

    def walk(self, page):
        table, mask = self.root, PAGE // self.entry - 1
        for shift in self.shifts:
            entry = self.number(table + (page >> shift & mask) * self.entry, self.entry)
            if not entry & PRESENT:
                return None
            table = entry & ADDRESS
            if shift in self.large and entry & LARGE:
                inside = (1 << shift) - 1
                return table & ~inside | page & inside
        return table
