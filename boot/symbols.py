# SPDX-License-Identifier: GPL-2.0-only
"""Names for addresses, from an ELF file, a System.map or the kernel's own table in
memory; and source lines by addr2line."""
import bisect
import os
import re
import shutil
import subprocess

MAP_LINE = re.compile(r"^([0-9a-f]+) (\w) (\S+)$", re.M)
FAR = 1 << 20           # bytes behind a symbol that are no longer its own


class Symbols:
    """The symbols of a file or of memory. ENTRIES are (address, name, is it global),
    ORIGIN says where they are from, BIAS is added to the addresses. DEBUG is the
    path of an ELF file with their source lines; PREFIXES are left out of its paths."""

    def __init__(self, entries, origin, bias=0, debug=None, prefixes=()):
        self.entries, self.origin, self.bias = entries, origin, bias
        self.debug, self.prefixes = debug, prefixes
        # Of several at one address the first is shown: a global one, no section's border
        self.sorted = sorted((a + bias, not known, name.startswith("_"), len(name), name)
                             for a, name, known in entries
                             if not re.match(r"__pfx_|__cfi_|\.L|\$", name))
        self.addresses = [e[0] for e in self.sorted]
        self.by_name = {}
        for address, *_, name in self.sorted:
            self.by_name.setdefault(name, address)

    def moved(self, bias):
        """Return the same symbols, BIAS further."""
        return Symbols(self.entries, self.origin, bias, self.debug, self.prefixes)

    def find(self, *names):
        """Return the address of the first of NAMES that is known, or None."""
        return next((self.by_name[n] for n in names if n in self.by_name), None)

    def starting(self, prefixes):
        """Return {address: name} of all names with one of the prefixes."""
        return {a: n for n, a in self.by_name.items() if n.startswith(prefixes)}

    def names(self, address):
        """Return all names of exactly this address."""
        first = bisect.bisect_left(self.addresses, address)
        last = bisect.bisect_right(self.addresses, address)
        return [e[-1] for e in self.sorted[first:last]]

    def at(self, address):
        """Return "name" or "name+0x12" of an address, or None."""
        n = bisect.bisect_right(self.addresses, address) - 1
        if n < 0 or address - self.addresses[n] > FAR:
            return None
        start = self.addresses[n]
        name = self.names(start)[0]
        return name if address == start else f"{name}+{address - start:#x}"

    def line(self, address):
        """Return "file:line", or None without debug information or addr2line."""
        if not self.debug or not shutil.which("addr2line"):
            return None
        done = subprocess.run(["addr2line", "-e", self.debug, f"{address - self.bias:#x}"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        text = done.stdout.decode(errors="replace").split(" (")[0].strip()
        if text.startswith("?") or text.endswith((":?", ":0")):
            return None
        path, _, number = text.rpartition(":")
        path = os.path.normpath(path)
        for prefix in self.prefixes:
            path = path.removeprefix(prefix + "/")
        return f"{path}:{number}"


def from_map(path, **more):
    """Return the Symbols of a System.map; None if it is not there or only says where
    the real one is, as Debian's does."""
    try:
        with open(path, encoding="latin-1") as f:
            entries = [(int(a, 16), name, kind.isupper())
                       for a, kind, name in MAP_LINE.findall(f.read())]
    except OSError:
        return None
    return Symbols(entries, os.path.basename(path), **more) if len(entries) > 100 else None


def map_beside(kernel):
    """Return the Symbols of the System.map of a kernel image by the distributions'
    names, or None."""
    folder, name = os.path.split(os.path.realpath(kernel))
    version = name.partition("-")[2]
    return from_map(f"{folder}/System.map-{version}") or from_map(f"{folder}/System.map")
