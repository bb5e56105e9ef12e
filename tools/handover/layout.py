# SPDX-License-Identifier: GPL-2.0-only
"""What lies where in memory when the kernel takes it over.

Formats: Documentation/arch/x86/zero-page.rst and boot.rst of the kernel; its
sections by the symbols of arch/x86/kernel/vmlinux.lds.S."""
from boot import Refused

PAGE = 4096
E820_ENTRIES, E820_TABLE, E820_ENTRY, E820_MAX = 0x1e8, 0x2d0, 20, 128
EXT_RAMDISK, EXT_CMD_LINE = 0x0c0, 0x0c8        # the upper halves; of the size: + 4
RAMDISK, CMD_LINE, SETUP_DATA = 0x218, 0x228, 0x250
TYPES = {1: "usable RAM", 2: "reserved", 3: "ACPI data", 4: "ACPI NVS", 5: "unusable RAM",
         7: "persistent memory", 12: "soft reserved"}
DATA_TYPES = {1: "E820 extension", 2: "device tree", 3: "PCI", 4: "EFI", 5: "Apple properties",
              6: "Jailhouse", 7: "confidential computing", 8: "IMA", 9: "random seed",
              0x80000000: "indirect"}
SECTIONS = ((".text", ("_stext", "_text"), ("_etext",)),
            (".rodata", ("__start_rodata",), ("__end_rodata",)),
            (".data", ("_sdata",), ("_edata",)),
            (".init", ("__init_begin",), ("__init_end",)),
            (".bss", ("__bss_start",), ("__bss_stop",)),
            ("brk", ("__brk_base",), ("__brk_limit", "_end")))
CODE = 64               # bytes by which the decompressor's code is found again


class Layout:
    """The e820 (None before boot_params was seen) and holds of handover.json, filled at
    each stop of a walk."""

    def __init__(self, machine, image):
        self.m, self.image = machine, image
        self.e820, self.holds = None, []

    def hold(self, stop, name, start, end):
        if start is not None and end > start:
            self.holds.append({"start": start, "end": end, "name": name, "stop": stop})

    def look(self, stop, state):
        """Note what a STOP of the walk shows."""
        if state.paging:
            self.hold(stop, "page tables (root)", state.cr3 & ~(PAGE - 1),
                      (state.cr3 & ~(PAGE - 1)) + PAGE)
        if stop == "setup":
            self.hold(stop, "16-bit setup", state.cs.base - 0x200,
                      state.cs.base - 0x200 + self.image.setup_bytes)
        if stop == "entry32":
            self.compressed(stop, state.linear)
        if stop == "init":
            page = self.m.physical(state.sp & ~(PAGE - 1))
            self.hold(stop, "stack of PID 1 (top)", page, (page or 0) + PAGE)

    def payload(self):
        """Return (offset, length) of the compressed kernel behind the setup."""
        return self.image.payload_offset, self.image.payload_length

    def compressed(self, stop, base):
        """Note the protected-mode part where the loader has put it."""
        offset, length = self.payload()
        end = base + len(self.image.data) - self.image.setup_bytes
        self.hold(stop, "decompressor, entries", base, base + offset)
        self.hold(stop, "compressed kernel", base + offset, base + offset + length)
        self.hold(stop, "decompressor", base + offset + length, end)

    # ------------------------------------------ at the entry of vmlinux

    def handed_over(self, state, memory, base):
        """Note what there is at the entry of vmlinux, which begins at BASE. MEMORY is as much
        from there on as the header says that it needs to begin with."""
        stop, params = "vmlinux", state.r["si"]
        zero = self.m.read(params, PAGE)
        if len(zero) != PAGE or zero[0x202:0x206] != b"HdrS":
            raise Refused(f"no boot_params at {params:#x}, where the entry of vmlinux has them")

        def number(at, size=4):
            return int.from_bytes(zero[at:at + size], "little")

        def wide(at, ext):
            return number(at) | number(ext) << 32
        self.e820 = []
        for n in range(min(number(E820_ENTRIES, 1), E820_MAX)):
            at = E820_TABLE + n * E820_ENTRY
            start, kind = number(at, 8), number(at + 16)
            self.e820.append({"start": start, "end": start + number(at + 8, 8), "type": kind,
                              "name": TYPES.get(kind, f"type {kind}")})
        self.hold(stop, "boot_params", params, params + PAGE)
        line = wide(CMD_LINE, EXT_CMD_LINE)
        if line:
            self.hold(stop, "command line", line, line + len(self.m.stub.read_string(line)) + 1)
        disk, size = wide(RAMDISK, EXT_RAMDISK), wide(RAMDISK + 4, EXT_RAMDISK + 4)
        self.hold(stop, "initrd", disk, disk + size)
        self.setup_data(stop, number(SETUP_DATA, 8))
        gdt, limit = state.table["gdt"]
        self.hold(stop, "GDT", gdt, gdt + limit + 1)
        self.moved_decompressor(stop, memory, base)

    def setup_data(self, stop, at, limit=16):
        """Note the list of struct setup_data, which a loader may add."""
        while at and limit:
            limit -= 1
            head = self.m.read(at, 16)
            kind = int.from_bytes(head[8:12], "little")
            size = int.from_bytes(head[12:16], "little")
            self.hold(stop, f"setup_data: {DATA_TYPES.get(kind, f'type {kind}')}",
                      at, at + 16 + size)
            at = int.from_bytes(head[:8], "little")

    def moved_decompressor(self, stop, memory, base):
        """Note where the decompressor has moved itself, towards the end of the kernel's area,
        before it unpacked. It is found by its code, which is behind the payload."""
        offset, length = self.payload()
        at = offset + length
        code = self.image.data[self.image.setup_bytes + at:][:CODE]
        found = memory.find(code) if len(code) == CODE and any(code) else -1
        if found >= 0:
            self.hold(stop, "decompressor, moved", base + found, base + self.image.init_size)

    def kernel(self, stop, symbols, base):
        """Note the kernel's sections at their physical addresses, as SYMBOLS have them."""
        text = symbols.find("_text", "_stext") if symbols else None
        if text is None or not symbols.find("__bss_stop"):
            self.hold(stop, "kernel, and the room it asks for", base,
                      base + self.image.init_size)
        if text is None:
            return
        for name, starts, ends in SECTIONS:
            start, end = symbols.find(*starts), symbols.find(*ends)
            if start is not None and end is not None:
                self.hold(stop, f"kernel {name}", start - text + base, end - text + base)

    def json(self):
        if self.e820 is None:
            return {"missing": "the boot ended before the entry of vmlinux"}
        return {"e820": self.e820, "holds": sorted(self.holds,
                                                  key=lambda h: (h["start"], -h["end"]))}
