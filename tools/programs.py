# SPDX-License-Identifier: GPL-2.0-only
"""ELF programs, and those in the initramfs of a boot. pyelftools reads ELF,
build/tools/anatomy says what is in an archive."""
import io
import json
import os
import subprocess

from boot import Refused
from boot.symbols import Symbols

try:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
except ImportError:
    ELFFile, ELFError = None, ValueError

# What pyelftools raises on a damaged file
DAMAGED = (ELFError, ValueError, IndexError, OverflowError, TypeError, AttributeError)
LINKS = 8               # symbolic links that are followed
SHOWN_TYPES = ("STT_NOTYPE", "STT_OBJECT", "STT_FUNC")


class Program:
    """An ELF file in memory. PATH is shown to people, FILE is where it is here, if it
    is a file. The constructor raises one of DAMAGED if it is none."""

    def __init__(self, data, path, file=None):
        if not ELFFile:
            raise Refused("Python's module elftools is not here: install python3-pyelftools "
                          "(scripts/setup does)")
        self.data, self.path, self.file = data, path, file
        self.elf = ELFFile(io.BytesIO(data))
        self.entry = self.elf.header.e_entry
        self.fixed = self.elf.header.e_type == "ET_EXEC"    # its addresses are known before
        segments = list(self.elf.iter_segments())
        self.loaded = [s for s in segments if s.header.p_type == "PT_LOAD"]
        self.interpreter = next((s.get_interp_name() for s in segments
                                 if s.header.p_type == "PT_INTERP"), None)     # its path

    def offset(self, address, physical=False):
        """Return where in the file the byte of an address is, or None."""
        for s in self.loaded:
            at = address - (s.header.p_paddr if physical else s.header.p_vaddr)
            if 0 <= at < s.header.p_filesz:
                return s.header.p_offset + at
        return None

    def code(self):
        """Return what is loaded, without the ELF header, which tells of sections."""
        skip = self.elf.header.e_phoff + self.elf.num_segments() * self.elf.header.e_phentsize
        return [self.data[max(s.header.p_offset, skip):s.header.p_offset + s.header.p_filesz]
                for s in self.loaded]

    def section(self, name):
        """Return a section, or None."""
        try:
            return self.elf.get_section_by_name(name)
        except DAMAGED:
            return None

    def symbols(self, origin, bias=0, prefixes=()):
        """Return its Symbols, or None if it was stripped."""
        table = self.section(".symtab")
        try:
            entries = [(s.entry.st_value, s.name, s.entry.st_info.bind != "STB_LOCAL")
                       for s in table.iter_symbols() if s.name and s.entry.st_shndx != "SHN_UNDEF"
                       and s.entry.st_info.type in SHOWN_TYPES] if table else []
        except DAMAGED:
            entries = []
        lines = self.file if self.section(".debug_line") else None
        return Symbols(entries, origin, bias, lines, prefixes) if entries else None


def read(path):
    """Return the Program of a file, or None if it is not there or none."""
    try:
        with open(path, "rb") as f:
            return Program(f.read(), path, path)
    except (OSError, *DAMAGED):
        return None


def find(o, name):
    """Return the Program NAME in the initramfs of the boot that O asks for, or None."""
    archives = [o.initrd] if o.initrd else []
    archives += [f"{o.build}/linux/usr/initramfs_data.cpio"] if o.own_kernel else []
    for archive in filter(os.path.exists, archives):
        program = in_archive(o, archive, name)
        if program:
            return program
    return None


def in_archive(o, archive, name):
    """Return the Program NAME of an initramfs archive, symbolic links followed, or None."""
    files = {}
    for path, mode, data in members(o, archive):
        path = os.path.normpath("/" + path)
        if data or path not in files:       # of hard links one has the bytes
            files[path] = (mode, data)
    for _ in range(LINKS):
        mode, data = files.get(os.path.normpath(name), (0, b""))
        if mode >> 12 != 0o12:
            break
        name = os.path.join(os.path.dirname(name), data.decode("latin-1"))
    try:
        return Program(data, name)
    except DAMAGED:
        return None


def members(o, archive):
    """Yield (path, mode, bytes) of what is in an initramfs archive; of a file that is
    none, nothing."""
    told, data = anatomy(o, "--json", archive), anatomy(o, "--extract", "initramfs", archive)
    layers = json.loads(told)["layers"] if told and data else {}
    initramfs = next((p for p in layers.get("parts", ()) if p["kind"] == "initramfs"), None)
    at = 0                          # of a part in what is extracted: compressed ones are unpacked
    for part in initramfs["parts"] if initramfs else ():
        inside = part.get("inside", part)
        for archived in inside["parts"] if part.get("inside") else [part]:
            start = at - (0 if part.get("inside") else part["offset"])
            for m in archived.get("parts", ()):
                if m["kind"] == "member":
                    yield member(m, data, start)
        at += inside["size"]


def member(m, data, start):
    """Return (path, mode, bytes) of a member as anatomy describes it. Its bytes are
    behind a head whose length is a multiple of 4."""
    fields = {f["name"]: f["value"] for f in m["fields"]}
    length = fields["length"]
    at = start + m["offset"] + (m["size"] - length & ~3)
    return m["name"], fields["mode_bits"], data[at:at + length]


def anatomy(o, *arguments):
    """Return what build/tools/anatomy prints; None if it refuses the file."""
    tool = f"{o.build}/tools/anatomy"
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, check=False)
    except OSError as e:
        raise Refused(f"{tool}: {e.strerror}: run `make tools`") from None
    return done.stdout if done.returncode == 0 else None
