# SPDX-License-Identifier: GPL-2.0-only
"""The stack that the kernel gives to a new program: argc, argv, envp, auxv.

Format: the System V ABI's "initial process stack"; numbers of auxv from
include/uapi/linux/auxvec.h and arch/x86/include/uapi/asm/auxvec.h."""

NAMES = {3: "PHDR", 4: "PHENT", 5: "PHNUM", 6: "PAGESZ", 7: "BASE", 8: "FLAGS", 9: "ENTRY",
         11: "UID", 12: "EUID", 13: "GID", 14: "EGID", 15: "PLATFORM", 16: "HWCAP",
         17: "CLKTCK", 23: "SECURE", 24: "BASE_PLATFORM", 25: "RANDOM", 26: "HWCAP2",
         27: "RSEQ_FEATURE_SIZE", 28: "RSEQ_ALIGN", 29: "HWCAP3", 30: "HWCAP4", 31: "EXECFN",
         32: "SYSINFO", 33: "SYSINFO_EHDR", 51: "MINSIGSTKSZ"}
MEANING = {3: "program headers, in memory", 4: "bytes per program header",
           5: "number of program headers", 6: "bytes per page",
           7: "where the dynamic loader is", 9: "where the program starts",
           11: "user", 12: "effective user", 13: "group", 14: "effective group",
           16: "CPUID.1:EDX", 17: "ticks per second of times(2)",
           23: "1: set-uid or the like", 33: "the vDSO, an ELF the kernel gives",
           32: "the vDSO's entry to the kernel", 51: "bytes a signal frame needs"}
STRINGS, RANDOM, AT_NULL, ENTRIES = (15, 24, 31), 25, 0, 64


def decode(m, sp, size):
    """Return the stack at SP, with words of SIZE bytes, as a dictionary."""
    argc = m.word(sp, size)
    argv = m.words_until_null(sp + size, size)
    at = sp + size * (len(argv) + 2)
    envp = m.words_until_null(at, size)
    at += size * (len(envp) + 1)
    auxv = []
    for _ in range(ENTRIES):
        kind, value = m.word(at, size), m.word(at + size, size)
        at += 2 * size
        if kind == AT_NULL:
            break
        entry = {"type": kind, "name": f"AT_{NAMES[kind]}" if kind in NAMES else None,
                 "value": value, "means": MEANING.get(kind)}
        if kind in STRINGS:
            entry["means"] = f'"{m.text(value)}"'
        elif kind == RANDOM:
            entry["means"] = "16 random bytes: " + m.read(value, 16).hex()
        auxv.append(entry)
    return {"sp": sp, "argc": argc, "end": at,
            "argv": [{"address": a, "text": m.text(a)} for a in argv],
            "envp": [{"address": a, "text": m.text(a)} for a in envp], "auxv": auxv}
