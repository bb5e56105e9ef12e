# SPDX-License-Identifier: GPL-2.0-only
"""Where a boot can be stopped: the addresses that the boot protocol fixes, the
kernel's symbols, the lines of PID 1's main().

Formats: Documentation/arch/x86/boot.rst; System.map is the output of nm; an
initcall's entry in the table is named __initcall__kmod_FILE__NR_LINE_FUNCTION
and its level (include/linux/init.h)."""
import bisect
import os
import re
import struct
import subprocess

from qemu.machine import SRCTREE, Refused

# (level, its name in include/linux/init.h) in the order of the table; "s" is
# the synchronous second half of a level.
LEVELS = (("early", "early"), ("0", "pure"), ("1", "core"), ("2", "postcore"), ("3", "arch"),
          ("4", "subsys"), ("5", "fs"), ("rootfs", "rootfs"), ("6", "device"), ("7", "late"))


def boot_protocol(path, symbols):
    """({name: address} of the stages of a bzImage, without KASLR; where it is
    unpacked to, if the entry of vmlinux is not among them). QEMU loads the setup
    code to 0x10000; the 64-bit entry is 0x200 behind the 32-bit one."""
    with open(path, "rb") as f:
        head = f.read(0x268)
    if head[:4] == b"\x7fELF" or head[0x202:0x206] != b"HdrS":
        return {}, None
    (version,) = struct.unpack_from("<H", head, 0x206)
    (code32,) = struct.unpack_from("<I", head, 0x214)
    stages = {"setup": 0x10200, "code32": code32}
    if version >= 0x20c and head[0x236] & 1:
        stages["code64"] = code32 + 0x200
    if "phys_startup_64" in symbols.address:
        stages["vmlinux"] = symbols.address["phys_startup_64"]
    elif version >= 0x20a:
        return stages, struct.unpack_from("<Q", head, 0x258)[0]
    return stages, None


class Symbols:
    """A kernel's System.map. Empty if there is none."""

    def __init__(self, path=None):
        self.address, table = {}, []
        try:
            with open(path or os.devnull, encoding="ascii", errors="replace") as f:
                for line in f:
                    address, kind, name = line.split()[:3]
                    self.address.setdefault(name, int(address, 16))
                    if kind in "tT":
                        table.append((int(address, 16), name))
        except (OSError, ValueError):
            self.address, table = {}, []
        table.sort()
        self.starts = [a for a, _ in table]
        self.names = [n for _, n in table]
        self.initcalls = self.read_initcalls()

    def read_initcalls(self):
        """[(level, file, function)] in the order in which they are called."""
        found = []
        for name, address in self.address.items():
            m = re.fullmatch(r"__initcall__kmod_(.*?)__\d+_\d+_(.*?)(early|rootfs|[0-7])s?", name)
            if m:
                found.append((address, m[3], m[1], m[2]))
        return [entry[1:] for entry in sorted(found)]

    def name_of(self, address):
        """The function that starts at ADDRESS, or that it lies in."""
        n = bisect.bisect_right(self.starts, address) - 1
        return self.names[n] if n >= 0 else f"{address:#x}"


def init_program(build):
    """(where /init of BUILD's archive starts or None, whether it is our PID 1)."""
    try:
        with open(f"{build}/usr/initramfs.list", encoding="utf-8") as f:
            path = re.search(r"^file /init (\S+)", f.read(), re.M)
        with open(os.path.join(f"{build}/linux", path[1] if path else ""), "rb") as f:
            program = f.read()
    except OSError:
        return None, False
    if program[:4] != b"\x7fELF" or struct.unpack_from("<H", program, 16)[0] != 2:
        return None, False          # a script, or not at a fixed address
    try:
        with open(f"{build}/init-src/init", "rb") as f:
            ours = f.read() == program
    except OSError:
        ours = False
    return struct.unpack_from("<Q" if program[4] == 2 else "<I", program, 24)[0], ours


def step_addresses(build):
    """{address: function} where PID 1's main() begins each of its steps: the
    records of init-src/step.h in init-src/init.debug, whose code is that of init."""
    path = f"{build}/init-src/init.debug"
    if not os.path.exists(path):
        return {}
    try:
        text = subprocess.run(["readelf", "-SW", path], check=True,
                              capture_output=True).stdout.decode(errors="replace")
    except (OSError, subprocess.CalledProcessError):
        raise Refused("readelf cannot read init-src/init.debug: install binutils "
                      "(scripts/setup does)", 125) from None
    section = re.search(r" \.debug_bzinit_steps +PROGBITS +\w+ (\w+) (\w+)", text)
    if not section:
        raise Refused("init-src/init.debug marks no steps: see init-src/step.h", 125)
    with open(path, "rb") as f:
        wide = f.read(5)[4] == 2            # 64 bits
        f.seek(int(section[1], 16))
        data = f.read(int(section[2], 16))
    found, at, size = {}, 0, 8 if wide else 4
    while at < len(data):
        end = data.index(b"\0", at + size)
        found[int.from_bytes(data[at:at + size], "little")] = data[at + size:end].decode()
        at = end + 1
    return found
