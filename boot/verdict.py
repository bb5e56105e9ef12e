# SPDX-License-Identifier: GPL-2.0-only
"""The outcome of a session, and a hint on what to do about it."""
import re

PANIC = b"Kernel panic - not syncing"


def judge(s, o):
    """Return (outcome, exit status) of a session that has ended. A success needs
    evidence: a shutdown that QMP reports, or a status, and then a CPU that is halted for
    good after PID 1 reported `poweroff` (on a machine without a power switch)."""
    if s.settled:
        return "settled", 0
    reset = s.reason in ("guest-reset", "subsystem-reset")
    if s.timed_out:
        return "timeout", 124
    if s.panicked or (PANIC in s.tail and (reset or s.halted)):
        return "panic", 126
    off = s.reason == "guest-shutdown"
    if s.status is not None and (off or s.halted and s.action == "poweroff"):
        return "status", s.status
    if off:
        return "poweroff", 123 if o.cmd is not None else 0
    if reset:
        return "reboot", 123
    if s.halted or (s.action == "halt" and s.reason is None):
        return "halt", 123
    left = s.reason in ("host-qmp-quit", "host-ui") or s.reason is None and s.terminal.is_tty
    return ("quit", 123) if left and s.exit_code == 0 else ("error", 125)


HINTS = (   # what a panic's own words mean for the person who booted it
    (b"Unable to mount root fs", "there is no /init and no disk to go on with: give it an "
     "initramfs (--initrd FILE, make run INITRD=1)"),
    (b"No working init found", "nothing in the image could be started as PID 1: see the lines "
     "above the panic"),
    (b"(error -2)", "/init could not start (error -2): absent, or dynamic and without its "
     "interpreter in the image"),
    (b"(error -8)", "/init could not start (error -8): neither ELF of this architecture nor #!"),
    (b"(error -13)", "/init could not start (error -13): not executable"),
    (b"Attempted to kill init", "PID 1 ended: it must never return, only call reboot(2)"),
    (b"System is deadlocked on memory", "too little memory: give it more (--memory MIB)"),
)


def hint(s, o, outcome, needs):
    """Return one line on what to do, or None."""
    memory = f"{o.memory} MiB may be too little (--memory)"
    if outcome == "error":
        lines = s.stderr.decode(errors="replace").strip().splitlines()
        return lines[0] if lines else f"QEMU ended with {s.exit_code} and without a word"
    if outcome == "panic":
        told = [text for words, text in HINTS if words in s.tail]
        words = re.search(PANIC + rb": ([^\r\n]*)", s.tail)
        return told[0] if told else words and words[1].decode(errors="replace")
    if outcome in ("timeout", "reboot", "halt") and not s.spoke_at:
        if needs > o.memory:
            return f"{o.memory} MiB is too little: this kernel wants more than {needs} (--memory)"
        return f"the guest never said a word: {memory}, or it has no serial console"
    if outcome == "timeout" and PANIC in s.tail:
        return "the kernel panicked and did not reboot: leave out panic="
    if outcome == "halt" and s.action == "poweroff":
        return "PID 1 asked for power-off, and the machine has no way to do that: it has no " \
               "ACPI, or the kernel has none"
    if outcome == "halt" and s.action is None:
        return f"all CPUs stopped for good: halted, switched off without ACPI, or {memory}"
    if outcome == "poweroff" and o.cmd is not None:
        return "no status arrived: either CMD= itself ended the machine, or the kernel has no second " \
               "serial port and no virtio console, or /init is not bzinit's"
    return None
