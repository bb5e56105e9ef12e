# SPDX-License-Identifier: GPL-2.0-only
"""The files of a boot: bzImage, ELF, and the archive that holds /init.

Formats: Documentation/arch/x86/boot.rst and
Documentation/driver-api/early-userspace/buffer-format.rst of the kernel; elf(5)."""
import bz2
import gzip
import lzma
import os
import struct

SHT_SYMTAB, PT_LOAD, PT_INTERP = 2, 1, 3
LINKS = 8               # symbolic links that are followed


class Bad(Exception):
    """args[0]: what is wrong with a file, for people."""


class BzImage:
    """The setup header of a kernel image."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if len(self.data) < 0x268 or self.data[0x202:0x206] != b"HdrS":
            raise Bad(f"kernel {path}: not a bzImage, the stops of its boot are not known: "
                      "give a bzImage (vmlinuz)")
        self.protocol, = struct.unpack_from("<H", self.data, 0x206)
        if self.protocol < 0x20c:
            raise Bad(f"kernel {path}: boot protocol {self.protocol >> 8}.{self.protocol & 255} "
                      "is older than 2.12 (Linux 3.8): give a newer kernel")
        self.setup_bytes = ((self.data[0x1f1] or 4) + 1) * 512
        self.code32_start, = struct.unpack_from("<I", self.data, 0x214)
        self.entry64 = self.data[0x236] & 1             # XLF_KERNEL_64
        self.preferred, self.init_size = struct.unpack_from("<QI", self.data, 0x258)
        at = struct.unpack_from("<H", self.data, 0x20e)[0]
        self.version = (self.data[at + 0x200:at + 0x280].split(b"\0")[0].decode("latin-1")
                        if at else "")

    def number(self, at, size):
        """A field of the header."""
        return int.from_bytes(self.data[at:at + size], "little")


class Elf:
    """An ELF file of this processor: entry, segments, symbols."""

    def __init__(self, data, path=None):
        self.data, self.path = data, path
        if data[:4] != b"\x7fELF":
            raise Bad(f"{path or 'file'}: not ELF")
        self.wide = data[4] == 2
        head = struct.unpack_from("<HHIQQQIHHHHHH" if self.wide else "<HHIIIIIHHHHHH", data, 16)
        self.type, self.machine, _, self.entry, phoff, shoff = head[:6]
        phsize, phnum, shsize, shnum = head[8:12]
        self.segments = []              # (type, offset, virtual, physical, bytes in the file)
        for n in range(phnum):
            f = struct.unpack_from("<IIQQQQ" if self.wide else "<IIIII", data, phoff + n * phsize)
            kind, off, va, pa, size = (f[0], *f[2:6]) if self.wide else f
            self.segments.append((kind, off, va, pa, size))
        self.sections = [struct.unpack_from("<IIQQQQIIQQ" if self.wide else "<IIIIIIIIII",
                                            data, shoff + n * shsize) for n in range(shnum)]
        names = self.sections[head[12]][4] if shnum else 0
        self.section_names = {self.string(names + s[0]) for s in self.sections}

    def string(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode("latin-1")

    def interpreter(self):
        """The path of the dynamic loader, or None."""
        found = [off for kind, off, *_ in self.segments if kind == PT_INTERP]
        return self.string(found[0]) if found else None

    def offset(self, address, physical=False):
        """Where in the file the byte of an address is, or None."""
        for kind, off, va, pa, size in self.segments:
            at = address - (pa if physical else va)
            if kind == PT_LOAD and 0 <= at < size:
                return off + at
        return None

    def bytes_of(self, segment):
        """What the file holds for a segment past the ELF header, which tells of
        sections and so differs with them."""
        _, off, _, _, size = segment
        start = max(off, 0x40 + 56 * len(self.segments))
        return self.data[start:off + size]

    def symbols(self):
        """[(address, name, is it global)] of functions and labels."""
        out = []
        for s in self.sections:
            if s[1] != SHT_SYMTAB:
                continue
            strings = self.sections[s[6]][4]
            layout = struct.Struct("<IBBHQQ" if self.wide else "<IIIBBH")
            for f in layout.iter_unpack(self.data[s[4]:s[4] + s[5]]):
                name, info, index, value = ((f[0], f[1], f[3], f[4]) if self.wide else
                                            (f[0], f[3], f[5], f[1]))
                if index and info & 15 in (0, 1, 2) and self.data[strings + name]:
                    out.append((value, self.string(strings + name), info >> 4 != 0))
        return out


def read_elf(path):
    """The Elf of a file, or None if it is not there or none."""
    try:
        with open(path, "rb") as f:
            return Elf(f.read(), path)
    except (OSError, Bad, struct.error, ValueError):
        return None


def unpack(data):
    """The cpio archives in an initramfs, one after the other, unpacked; what
    Python's library cannot unpack ends it."""
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        piece = data[at:]
        for magic, opener in ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress),
                              (b"\xfd7zXZ", lzma.decompress), (b"]\0\0", lzma.decompress)):
            if piece.startswith(magic):
                yield from unpack(opener(piece))
                return
        if not piece.startswith(b"07070"):
            return
        end = 0
        while piece[end:end + 5] == b"07070":
            fields = [int(piece[end + 6 + n:end + 14 + n], 16) for n in range(0, 104, 8)]
            start = end + 110 + fields[11]
            name = piece[end + 110:start - 1].decode("latin-1")
            start += -start % 4
            end = start + fields[6]
            yield name, fields[1], piece[start:end]
            end += -end % 4
            if name == "TRAILER!!!":
                break
        at += end


def listed(path, base):
    """The entries of a gen_init_cpio list, as unpack() gives those of an archive."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            w = line.split()
            if w[:1] == ["slink"]:
                yield w[1], 0o120777, w[2].encode()
            elif w[:1] == ["file"]:
                with open(os.path.join(base, w[2]), "rb") as content:
                    data = content.read()
                for name in [w[1]] + w[6:]:
                    yield name, 0o100000 | int(w[3], 8), data


def program(entries, name):
    """The Elf of a program in an initramfs, links followed, or None."""
    files = {}
    for path, mode, data in entries:
        path = "/" + os.path.normpath(path).lstrip("/")
        if data or path not in files:       # of hard links one has the bytes
            files[path] = (mode, data)
    for _ in range(LINKS):
        mode, data = files.get(os.path.normpath(name), (0, b""))
        if mode >> 12 != 0o12:
            break
        name = os.path.join(os.path.dirname(name), data.decode("latin-1"))
    try:
        return Elf(data, name)
    except (Bad, struct.error, ValueError, IndexError):
        return None
