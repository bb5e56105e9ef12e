# SPDX-License-Identifier: GPL-2.0-only
"""The state of one x86 CPU, read from QEMU's monitor, and its description.

Formats: QEMU's `info registers`; the registers are those of the processor
manuals (Intel SDM volume 3, chapters 2, 3 and 9: modes, segments, paging)."""
import re

CR0_BITS = {0: "PE", 1: "MP", 2: "EM", 3: "TS", 4: "ET", 5: "NE", 16: "WP", 18: "AM",
            29: "NW", 30: "CD", 31: "PG"}
CR4_BITS = {0: "VME", 1: "PVI", 2: "TSD", 3: "DE", 4: "PSE", 5: "PAE", 6: "MCE", 7: "PGE",
            8: "PCE", 9: "OSFXSR", 10: "OSXMMEXCPT", 11: "UMIP", 12: "LA57", 13: "VMXE",
            16: "FSGSBASE", 17: "PCIDE", 18: "OSXSAVE", 20: "SMEP", 21: "SMAP", 22: "PKE",
            23: "CET"}
EFER_BITS = {0: "SCE", 8: "LME", 10: "LMA", 11: "NXE", 12: "SVME", 14: "FFXSR"}
FLAG_IF, FLAG_VM = 1 << 9, 1 << 17


class Segment:
    """A selector and what the CPU holds of its descriptor."""

    def __init__(self, selector, base, limit, flags):
        self.selector, self.base, self.limit = selector, base, limit
        self.long, self.big = flags >> 21 & 1, flags >> 22 & 1


class State:
    """What `info registers` says, as numbers. Names are without a width: ax, ip."""

    def __init__(self, text):
        self.wide = "RIP=" in text
        self.r = {}
        for name, value in re.findall(r"\b([ER](?:[A-D]X|[SD]I|[SB]P|IP|FL)|R\d+) *=([0-9a-f]+)",
                                      text):
            self.r[name.lower() if name[1].isdigit() else name[1:].lower()] = int(value, 16)
        self.ip, self.sp, self.flags = self.r["ip"], self.r["sp"], self.r["fl"]
        self.cpl = int(re.search(r"CPL=(\d)", text)[1])
        self.seg = {name.lower(): Segment(*(int(v, 16) for v in values)) for name, *values in
                    re.findall(r"^([C-GS]S) *=(\w+) (\w+) (\w+) (\w+)", text, re.M)}
        self.table = {name.lower(): (int(base, 16), int(limit, 16)) for name, base, limit in
                      re.findall(r"^([GI]DT)= *(\w+) (\w+)", text, re.M)}
        self.cr0, self.cr3, self.cr4 = (int(re.search(rf"\bCR{n}=(\w+)", text)[1], 16)
                                        for n in (0, 3, 4))
        efer = re.search(r"^EFER=(\w+)", text, re.M)
        self.efer = int(efer[1], 16) if efer else 0
        self.cs = self.seg["cs"]

    @property
    def linear(self):
        """The address of the instruction before paging."""
        return self.cs.base + self.ip & (~0 if self.wide else 0xffffffff)

    @property
    def protected(self):
        return self.cr0 & 1

    @property
    def paging(self):
        return self.cr0 >> 31 & 1

    @property
    def long(self):
        return self.efer >> 10 & 1

    @property
    def width(self):
        """Bits of the code: 16, 32 or 64."""
        if self.long and self.cs.long:
            return 64
        return 32 if self.protected and not self.flags & FLAG_VM and self.cs.big else 16

    def mode(self):
        """Return the name of the CPU's mode."""
        if not self.protected:
            return "real mode, 16-bit code"
        if self.flags & FLAG_VM:
            return "virtual-8086 mode, 16-bit code"
        if self.long:
            return f"long mode, {self.width}-bit code" + ("" if self.width == 64 else
                                                         " (compatibility mode)")
        return f"protected mode, {self.width}-bit code"

    def paging_words(self):
        if not self.paging:
            return "paging off"
        levels = (5 if self.cr4 >> 12 & 1 else 4) if self.long else 3 if self.cr4 >> 5 & 1 else 2
        return f"paging on, {levels} levels from CR3 {self.cr3:#x}"

    def bits(self):
        """Return {name: value} of the bits that make the mode, and of the CPL."""
        return {"CR0.PE": self.protected, "CR0.PG": self.paging, "CR4.PAE": self.cr4 >> 5 & 1,
                "EFER.LMA": self.long, "CS.L": self.cs.long, "CS.D": self.cs.big,
                "CPL": self.cpl}

    def place(self):
        """Return the instruction pointer as the mode writes it."""
        if self.width == 16:
            return f"{self.cs.selector:04x}:{self.ip:04x}"
        return f"{self.ip:#x}"

    def json(self):
        return {"mode": self.mode(), "paging": self.paging_words(), "bits": self.bits(),
                "cpl": self.cpl, "ip": self.ip, "linear": self.linear, "sp": self.sp,
                "flags": self.flags, "cr0": self.cr0, "cr3": self.cr3, "cr4": self.cr4,
                "efer": self.efer, "registers": self.r,
                "cs": {"selector": self.cs.selector, "base": self.cs.base,
                       "limit": self.cs.limit, "L": self.cs.long, "D": self.cs.big},
                "idt": dict(zip(("base", "limit"), self.table["idt"])),
                "gdt": dict(zip(("base", "limit"), self.table["gdt"]))}


def flips(name, bits, old, new):
    """Return ["CR4 +PAE +PSE"] for the bits that differ, or []."""
    words = [f"{'+' if new >> n & 1 else '-'}{bit}" for n, bit in bits.items()
             if (old ^ new) >> n & 1]
    return [f"{name} " + " ".join(words)] if words else []


def changes(old, new):
    """Return lines that say what differs between two States."""
    out = []
    if old.mode() != new.mode():
        out.append(f"{old.mode()} -> {new.mode()}")
    if not old.paging and new.paging:
        out.append(new.paging_words())
    elif old.paging and not new.paging:
        out.append("paging off")
    elif old.paging and old.cr3 != new.cr3:
        out.append(f"other page tables: CR3 {old.cr3:#x} -> {new.cr3:#x}")
    if old.cpl != new.cpl:
        out.append(f"privilege: CPL {old.cpl} -> {new.cpl}, "
                   f"{'user' if new.cpl == 3 else 'kernel'} mode")
    a, b = old.cs, new.cs
    if (a.selector, a.base) != (b.selector, b.base):
        out.append(f"CS {a.selector:04x} (base {a.base:#x}) -> {b.selector:04x} (base {b.base:#x})")
    out += flips("CR0", CR0_BITS, old.cr0, new.cr0)
    out += flips("CR4", CR4_BITS, old.cr4, new.cr4)
    out += flips("EFER", EFER_BITS, old.efer, new.efer)
    for name in ("gdt", "idt"):
        if old.table[name] != new.table[name]:
            base, limit = new.table[name]
            words = f"at {base:#x}, {limit + 1} bytes" if limit else "none (limit 0)"
            out.append(f"{name.upper()} {words}")
    if (old.flags ^ new.flags) & FLAG_IF:
        out.append(f"interrupts {'on' if new.flags & FLAG_IF else 'off'} (IF)")
    return out
