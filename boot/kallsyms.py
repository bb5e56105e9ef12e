# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own symbol table, found in its memory without any symbol.

Format: scripts/kallsyms.c and kernel/kallsyms.c. A name is a row of tokens; the
256 tokens stand in kallsyms_token_table, where those of the digits are the
digits themselves: that row is what is looked for. From there on one table
vouches for the next: token_index holds the offsets of the tokens, markers those
of every 256th name, num_syms stands before the names. The addresses are 32-bit
offsets from kallsyms_relative_base, before the names up to Linux 6.4 and after
the tokens since. Between markers and tokens there may be seqs_of_names.
In Linux 7 all tables begin at a multiple of 4, not of a pointer's size, and there
is no base: each offset counts from its own place (or is the address itself, in a
32-bit kernel that is not relocatable)."""
import re
import struct

DIGITS = re.compile(rb"0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00")
NAME_MAX = 512 * 256    # bytes that 256 names may take: KSYM_NAME_LEN each
SEQUENCES = 4 << 20     # bytes that may stand between markers and tokens
MAP_64 = 0xffffffff80000000     # __START_KERNEL_map: where physical address 0 is mapped
MAPS_32 = (0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000)  # the same: PAGE_OFFSET
SAMPLE = 64             # symbols whose addresses are looked for in memory


class Absent(Exception):
    """There is no table. args[0] is a line that says why."""


def up(at, align):
    return at + -at % align


def decode(mem, pointer, physical):
    """Return [(address, name, is it global)] from MEM, the memory of a kernel before its
    first instruction, which begins at address PHYSICAL. Its pointers have POINTER bytes.
    Raise Absent if there is none."""
    for digits in DIGITS.finditer(mem):
        for align in sorted({pointer, 4}, reverse=True):
            found = decode_at(mem, digits.start(), pointer, align, physical)
            if found:
                return found
    raise Absent("no kallsyms in its memory (CONFIG_KALLSYMS is off, or a format unknown here)")


def decode_at(mem, digits, pointer, align, physical):
    """Return the symbols if the tokens at DIGITS belong to tables at multiples of ALIGN."""
    tokens = find_tokens(mem, digits, align)
    if not tokens:
        return None
    words, table, index_end = tokens
    found = next(filter(None, (find_names(mem, at, markers, words, align)
                               for at, markers in find_markers(mem, table))), None)
    if not found:
        return None
    names, count_at = found
    addresses = find_addresses(mem, len(names), count_at, up(index_end, align), pointer)
    if not addresses and align == 4:
        addresses = find_relative(mem, len(names), index_end, pointer, physical)
    return addresses and [(a, n[1:], n[0].isupper()) for a, n in zip(addresses, names)]


def find_tokens(mem, digits, align):
    """Return (256 tokens, where they start, where token_index ends), or None."""
    start = digits
    for _ in range(ord("0")):
        start = mem.rfind(b"\0", 0, start - 1) + 1
    words, offsets, at = [], [], start
    for _ in range(256):
        end = mem.find(b"\0", at)
        if end < 0:
            return None
        words.append(mem[at:end])
        offsets.append(at - start)
        at = end + 1
    if at - start > 0xffff:
        return None
    index = struct.pack("<256H", *offsets)
    at = up(at, align)
    return (words, start, at + len(index)) if mem[at:at + len(index)] == index else None


def find_markers(mem, table):
    """Yield (start, offsets) of what may be the markers, going back from the tokens: an
    ascending row that begins with 0."""
    low = max(table - SEQUENCES, 0) & ~3
    low += table % 4
    values = struct.unpack_from(f"<{(table - low) // 4}I", mem, low)
    for n in range(len(values) - 2, -1, -1):
        if values[n] == 0 and 0 < values[n + 1] < NAME_MAX:
            end = n + 1
            while end < len(values) and 256 < values[end] - values[end - 1] < NAME_MAX:
                end += 1
            # What follows the markers may look like one more
            for stop in range(end, max(end - 3, n + 1), -1):
                yield low + 4 * n, values[n:stop]


def find_names(mem, end, markers, words, align):
    """Return (the names, where their number stands), or None."""
    last = end - markers[-1]
    for start in range(last - last % align, max(last - NAME_MAX, align), -align):
        count, = struct.unpack_from("<I", mem, start - align)
        if -(-count // 256) != len(markers):
            continue
        names, at = [], start
        while len(names) < count and at < end:
            if len(names) % 256 == 0 and at - start != markers[len(names) // 256]:
                break
            size = mem[at]
            at += 1
            if size & 0x80:
                size = size & 0x7f | mem[at] << 7
                at += 1
            names.append(b"".join(words[c] for c in mem[at:at + size]).decode("latin-1"))
            at += size
        if len(names) == count and up(at, align) == end:
            return names, start - align
    return None


def find_addresses(mem, count, before, after, pointer):
    """Return the addresses of COUNT names, found in one of the two places, or None."""
    size = up(4 * count, pointer)
    fmt = "<Q" if pointer == 8 else "<I"
    for offsets_at, base_at in ((after, after + size), (before - pointer - size, before - pointer)):
        if not 0 <= offsets_at <= len(mem) - size - pointer:
            continue
        offsets = struct.unpack_from(f"<{count}i", mem, offsets_at)
        base, = struct.unpack_from(fmt, mem, base_at)
        if base >> (pointer * 8 - 1) != 1:
            continue                # not in the kernel's half
        if sum(o < 0 for o in offsets) > count / 2:     # CONFIG_KALLSYMS_ABSOLUTE_PERCPU
            out = [o if o >= 0 else base - 1 - o for o in offsets]
        else:
            out = [base + (o & 0xffffffff) for o in offsets]
        if rising(out):
            return out
    return None


def find_relative(mem, count, at, pointer, physical):
    """Return the addresses of COUNT names as Linux 7 has them at AT, or None."""
    if at + 4 * count > len(mem):
        return None
    offsets = struct.unpack_from(f"<{count}i", mem, at)
    places = [at + 4 * n + o for n, o in enumerate(offsets)]
    if pointer == 4 and rising([o & 0xffffffff for o in offsets]) and offsets[0] < 0:
        return [o & 0xffffffff for o in offsets]
    if not rising(places) or not 0 <= places[0] < len(mem):
        return None
    if pointer == 8:
        start = MAP_64 + physical
    else:                           # the one of these that the kernel's pointers are for
        some = places[::-(-count // SAMPLE)]
        start = physical + max(MAPS_32, key=lambda map: sum(
            struct.pack("<I", map + physical + p & 0xffffffff) in mem for p in some))
    return [start + p for p in places]


def rising(numbers):
    return all(a <= b for a, b in zip(numbers, numbers[1:]))
