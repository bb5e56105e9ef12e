# SPDX-License-Identifier: GPL-2.0-only
"""The next instructions, by the system's objdump; bytes where there is none.

A jump that is always taken, to a place that is written in it, is followed:
what comes after it in memory is not what the CPU does next."""
import os
import re
import shutil
import subprocess
import tempfile

LONGEST = 15            # bytes of an x86 instruction
MACHINE = {16: "i8086", 32: "i386", 64: "i386:x86-64"}
LINE = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(?:\t(.*))?$", re.M)
NEAR = re.compile(r"jmp[wlq]? +(?:0x)?([0-9a-f]+)")
FAR = re.compile(r"ljmp[wl]? +\$0x([0-9a-f]+),\$0x([0-9a-f]+)")


def have_objdump():
    return shutil.which("objdump") is not None


def one(code, width, ip):
    """(length, text) of the instruction that CODE begins with, as at IP."""
    with tempfile.NamedTemporaryFile(prefix="handover.") as f:
        f.write(code)
        f.flush()
        run = subprocess.run(
            ["objdump", "-D", "-b", "binary", "-m", MACHINE[width], "-w",
             f"--insn-width={LONGEST}", f"--adjust-vma={ip:#x}", f.name],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "LC_ALL": "C"})
    line = LINE.search(run.stdout.decode(errors="replace"))
    if not line:
        return None
    return len(line[2].split()), re.sub(r"\s+", " ", line[3] or "").strip()


def instructions(read, state, count=3):
    """Up to COUNT instructions from where the CPU stands, as a list of
    {ip, linear, bytes, text}; READ(linear, length) gives what memory it can."""
    out, ip, base = [], state.ip, state.cs.base
    while len(out) < count:
        code = read(base + ip, LONGEST)
        if not code:
            break
        if not have_objdump():
            out.append({"ip": ip, "linear": base + ip, "bytes": code.hex(), "text": None})
            break
        found = one(code, state.width, ip)
        if not found:
            break
        size, text = found
        out.append({"ip": ip, "linear": base + ip, "bytes": code[:size].hex(), "text": text})
        ip += size
        near, far = NEAR.fullmatch(text.split(" <")[0]), FAR.fullmatch(text)
        if near:
            ip = int(near[1], 16)
        elif far and not state.protected:
            base, ip = int(far[1], 16) << 4, int(far[2], 16)
        elif re.match(r"l?jmp|l?ret|iret|sysret|sysexit|hlt", text):
            break               # where this goes is not written in it
    return out
