# SPDX-License-Identifier: GPL-2.0-only
"""The next instructions, by capstone; bytes where it is not installed.

A jump that is always taken, to a place that is written in it, is followed:
what comes after it in memory is not what the CPU does next."""
try:
    import capstone
except ImportError:
    capstone = None

LONGEST = 15            # bytes of an x86 instruction
AWAY = ("jmp", "ljmp", "ret", "lret", "iret", "sysret", "sysexit", "hlt")


def decoder(width):
    """Return a decoder of code of WIDTH bits, in the syntax of the kernel's assembly."""
    mode = {16: capstone.CS_MODE_16, 32: capstone.CS_MODE_32, 64: capstone.CS_MODE_64}[width]
    found = capstone.Cs(capstone.CS_ARCH_X86, mode)
    found.syntax = capstone.CS_OPT_SYNTAX_ATT
    found.detail = True
    return found


def instructions(read, state, count=3):
    """Return up to COUNT instructions from where the CPU stands, as a list of
    {ip, linear, bytes, text}; READ(linear, length) gives what memory it can."""
    out, ip, base = [], state.ip, state.cs.base
    decode = decoder(state.width) if capstone else None
    while len(out) < count:
        code = read(base + ip, LONGEST)
        if not code:
            break
        if not decode:
            out.append({"ip": ip, "linear": base + ip, "bytes": code.hex(), "text": None})
            break
        found = next(decode.disasm(code, ip, 1), None)
        if not found:
            break
        out.append({"ip": ip, "linear": base + ip, "bytes": code[:found.size].hex(),
                    "text": f"{found.mnemonic} {found.op_str}".strip()})
        ip += found.size
        if found.mnemonic.startswith(AWAY):
            fixed = [o.imm for o in found.operands if o.type == capstone.x86.X86_OP_IMM]
            if found.mnemonic.startswith("jmp") and len(fixed) == 1:
                ip = fixed[0] & (1 << state.width) - 1
            elif found.mnemonic.startswith("ljmp") and len(fixed) == 2 and not state.protected:
                base, ip = fixed[0] << 4, fixed[1]
            else:
                break               # where this goes is not written in it
    return out
