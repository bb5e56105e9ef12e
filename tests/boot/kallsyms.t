#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's symbol table is found in its memory, in each layout that it has had.

Tables are made here as scripts/kallsyms.c of the kernel writes them, between noise."""
import random
import struct
import sys

sys.dont_write_bytecode = True      # the source tree is never written to
import tap                          # noqa: E402
from boot import kallsyms           # noqa: E402

PHYSICAL = 0x1000000
PAD, NUMBER = 70000, 700        # before the tables there is code, which has no zeros in a row
TOKENS = [bytes([n]) if n else b"_x" for n in range(256)]
TOKENS[1:10] = [b"sys_", b"init", b"ernel", b"net", b"table", b"read", b"write", b"start_k", b"ex"]


def made(pointer, align, layout, map=0):
    """Return (memory, [(address, name, is it global)]) of a kernel that is mapped at MAP."""
    chance = random.Random(layout)
    start = map + PHYSICAL
    symbols = [(start, "_text", True), (start + 0x100, "start_kernel", True)]
    address = start + 0x200
    for n in range(NUMBER):
        symbols.append((address, f"sys_read_{n:x}_" + "long" * (n % 77 == 5) * 40, n % 3 == 0))
        address += chance.randrange(0, 90)
    mem = bytearray(chance.randbytes(PAD).replace(b"\0", b"\1"))
    put = {}

    def at(name, data):
        mem.extend(bytes(-len(mem) % align))
        put[name] = len(mem)
        mem.extend(data)

    packed, markers = b"", []
    for n, (_, name, known) in enumerate(symbols):
        if n % 256 == 0:
            markers.append(len(packed))
        row = ("T" if known else "t").encode() + name.encode()
        row = row.replace(b"sys_", b"\1").replace(b"start_k", b"\10").replace(b"read", b"\6")
        size = bytes([len(row)]) if len(row) < 128 else bytes([len(row) & 127 | 128, len(row) >> 7])
        packed += size + row
    base = struct.pack("<Q" if pointer == 8 else "<I", start)
    row = struct.pack(f"<{len(symbols)}I", *(a - start for a, *_ in symbols))
    if layout == "percpu":          # CONFIG_KALLSYMS_ABSOLUTE_PERCPU
        row = struct.pack(f"<{len(symbols)}i", *(start - 1 - a for a, *_ in symbols))
    if layout in ("6.1", "6.3", "percpu"):
        at("offsets", row)
        at("base", base)
    sequences = b"".join(n.to_bytes(3, "big") for n in chance.sample(range(len(symbols)), len(symbols)))
    at("count", struct.pack("<I", len(symbols)))
    at("names", packed)
    at("markers", struct.pack(f"<{len(markers)}I", *markers))
    if layout == "6.3":
        at("sequences", sequences)
    at("tokens", b"".join(t + b"\0" for t in TOKENS))
    at("index", struct.pack("<256H", *(sum(len(t) + 1 for t in TOKENS[:n]) for n in range(256))))
    if layout == "6.12":
        at("offsets", row)
        at("base", base)
        at("sequences", sequences)
    elif layout == "7.2":
        mem.extend(bytes(-len(mem) % align))
        here = start + len(mem)
        at("offsets", struct.pack(f"<{len(symbols)}i", *(a - here - 4 * n for n, (a, *_) in enumerate(symbols))))
        at("sequences", sequences)
    elif layout == "7.2, not relocatable":
        at("offsets", struct.pack(f"<{len(symbols)}I", *(a for a, *_ in symbols)))
        at("sequences", sequences)
    mem.extend(bytes(-len(mem) % 8))
    for a, *_ in symbols[::3]:      # the kernel has pointers to some of them
        mem.extend(struct.pack("<Q" if pointer == 8 else "<I", a))
    mem.extend(chance.randbytes(3000))
    return bytes(mem), symbols


def check(name, *what, map):
    mem, wanted = made(*what, map=map)
    try:
        got = kallsyms.decode(mem, what[0], PHYSICAL)
    except kallsyms.Absent as e:
        got = e
    tap.result(name, got == wanted, str(got)[:200], str(wanted)[:200])
    return mem


HIGH = 0xffffffff80000000
for layout in ("6.1", "6.3", "percpu", "6.12"):
    check(f"64 bit, as Linux {layout}", 8, 8, layout, map=HIGH)
    check(f"32 bit, as Linux {layout}", 4, 4, layout, map=0xc0000000)
mem = check("64 bit, as Linux 7.2", 8, 4, "7.2", map=HIGH)
for map in (0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000):
    check(f"32 bit, as Linux 7.2, mapped at {map:#x}", 4, 4, "7.2", map=map)
check("32 bit, as Linux 7.2, not relocatable", 4, 4, "7.2, not relocatable", map=0xc0000000)


def absent(mem):
    try:
        return kallsyms.decode(mem, 8, PHYSICAL)
    except kallsyms.Absent as e:
        return "no kallsyms" in e.args[0]


tap.result("no table", absent(random.Random(1).randbytes(50000)) is True)
cuts = {size: absent(mem[:size]) for size in range(PAD, len(mem), 997)}
wrong = [size for size, got in cuts.items() if got is not True and len(got) != NUMBER + 2]
tap.result("memory that ends early has no table, or a whole one", not wrong, wrong)
tap.result("... and both were seen", True in cuts.values() and not all(g is True for g in cuts.values()))
sys.exit(tap.done())
