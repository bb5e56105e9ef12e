# SPDX-License-Identifier: GPL-2.0-only
"""Where a boot can be stopped: the addresses that the boot protocol fixes, the
kernel's initcalls, the steps of PID 1.

Formats: Documentation/arch/x86/boot.rst of the kernel; an initcall's entry in the
table is named __initcall__kmod_FILE__NR_LINE_FUNCTION and its level
(include/linux/init.h); init-src/step.h."""
import re

from boot import Refused
from tools import programs

# (level, its name in include/linux/init.h) in the order of the table; "s" is
# the synchronous second half of a level.
LEVELS = (("early", "early"), ("0", "pure"), ("1", "core"), ("2", "postcore"), ("3", "arch"),
          ("4", "subsys"), ("5", "fs"), ("rootfs", "rootfs"), ("6", "device"), ("7", "late"))
STEPS = ".debug_bzinit_steps"


def boot_protocol(image, platform, symbols):
    """Return ({name: address} of the stages of a KernelImage, without KASLR; where it
    is unpacked to, if the entry of vmlinux is not among them)."""
    if image.is_elf:
        return {}, None
    stages = {"setup": platform.setup_entry, "code32": image.code32_start}
    if image.wide:
        stages["code64"] = image.code32_start + platform.entry64
    entry = symbols.find("phys_startup_64") if symbols else None
    if entry is not None:
        stages["vmlinux"] = entry
    elif image.sized:
        return stages, image.pref_address
    return stages, None


def initcalls(symbols):
    """Return [(level, file, function)] in the order in which they are called."""
    found = []
    for name, address in symbols.by_name.items():
        m = re.fullmatch(r"__initcall__kmod_(.*?)__\d+_\d+_(.*?)(early|rootfs|[0-7])s?", name)
        if m:
            found.append((address, m[3], m[1], m[2]))
    return [entry[1:] for entry in sorted(found)]


def init_program(o):
    """Return (where /init of the boot that O asks for starts, or None if that is not
    known before; {address: function} of its steps, if it is our PID 1)."""
    program = programs.find(o, "/init")
    if not program or not program.fixed:
        return None, {}
    ours = programs.read(f"{o.build}/init-src/init")
    if not ours or ours.data != program.data:
        return program.entry, {}
    return program.entry, steps(programs.read(f"{o.build}/init-src/init.debug"))


def steps(debug):
    """Return {address: function} where PID 1's main() begins each of its steps: the
    records of init-src/step.h in init.debug, whose code is that of init."""
    if not debug:
        return {}
    section = debug.section(STEPS)
    if not section:
        raise Refused("init-src/init.debug marks no steps: see init-src/step.h")
    found, at, size, data = {}, 0, debug.elf.elfclass // 8, section.data()
    while at < len(data):
        end = data.index(b"\0", at + size)
        found[int.from_bytes(data[at:at + size], "little")] = data[at + size:end].decode()
        at = end + 1
    return found
