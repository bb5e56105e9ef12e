# SPDX-License-Identifier: GPL-2.0-only
"""The boundary between user and kernel mode: one system call followed across it,
and how often it is crossed in a second.

The kernel is entered at the gates of the interrupt table and at the addresses that
the MSRs of `syscall` and `sysenter` hold. A breakpoint stands on each of these entry
points; what the CPU pushed says whether it came from user mode."""
import time
from collections import Counter

from tools.handover.debuggee import Ended
from tools.handover.disasm import instructions

CALLS = {b"\x0f\x05": "syscall", b"\x0f\x34": "sysenter", b"\xcd\x80": "int 0x80"}
PROMPT = ("n_tty_read", "n_tty_poll")    # shells that edit lines poll first
SECOND = 1_000_000_000  # ns
ARGUMENTS = {64: ("rdi", "rsi", "rdx", "r10", "r8", "r9"),
             32: ("ebx", "ecx", "edx", "esi", "edi", "ebp")}
STEPS = 200_000         # instructions that are followed one by one
REAL_SECONDS = 60.0     # that counting may take
WITH_ERROR_CODE = (8, 10, 11, 12, 13, 14, 17, 21, 29, 30)
EXCEPTIONS = {0: "divide error", 1: "debug", 2: "NMI", 3: "breakpoint", 4: "overflow", 5: "bounds",
              6: "invalid opcode", 7: "no FPU", 8: "double fault", 10: "invalid TSS",
              11: "segment not present", 12: "stack fault", 13: "general protection fault",
              14: "page fault", 16: "FPU error", 17: "alignment check", 18: "machine check",
              19: "SIMD error", 21: "control protection", 0x80: "int 0x80"}
ENDS = ("poweroff", "status", "reboot", "halt", "panic")
HANDLERS = ("__x64_sys_", "__ia32_sys_", "__ia32_compat_sys_")
SYSENTERS = ("entry_SYSENTER_compat", "entry_SYSCALL_compat", "entry_SYSENTER_32")


class Boundary:
    """The entries into the kernel from the CPU's first instruction in user mode on, where
    MACHINE stands now with STATE."""

    def __init__(self, machine, state, symbols):
        self.m, self.symbols = machine, symbols
        self.user = None            # Symbols of the program, where they are known
        self.wide = state.long      # the kernel's gates and stack, not the program's
        self.ip, self.sp = ("rip", "rsp") if "rip" in machine.stub.numbers else ("eip", "esp")
        self.tables = self.root(state.cr3)
        self.start = None
        self.prompt = False         # somebody has waited for a line from the terminal
        self.entries = []           # (ns, what, by the page tables of PID 1)
        self.entry_points = self.gates(*state.table["idt"])
        for name in SYSENTERS if symbols else ():
            if symbols.find(name):
                self.entry_points[symbols.find(name)] = ("call", name)

    def root(self, cr3):
        """Return the page tables' address without the bits of page-table isolation and PCID."""
        return cr3 & ~(0x1fff if self.wide else 0x1f)

    def gates(self, base, limit):
        """Return {address: (vector, name)} of the interrupt table."""
        size, found = 16 if self.wide else 8, {}
        table = self.m.stub.read(base, limit + 1)
        for n in range((limit + 1) // size):
            gate = table[n * size:(n + 1) * size]
            if gate[5] & 0x80:
                address = int.from_bytes(gate[:2] + gate[6:size - 4 if self.wide else 8], "little")
                found.setdefault(address, (n, EXCEPTIONS.get(n) or self.interrupt(n, address)))
        return found

    def interrupt(self, vector, address):
        name = self.symbols.at(address) if self.symbols else None
        name = name if name and name.startswith("asm_sysvec_") else None
        return f"{name[11:].replace('_', ' ')} interrupt" if name else f"interrupt {vector:#x}"

    def register(self, name):
        return self.m.stub.register(name)

    def cpl(self):
        return self.register("cs") & 3

    def note(self, ip):
        """The CPU stands at an entry point: count it if it came from user mode. Return
        the ns since the start."""
        now = self.m.time()
        kind, name = self.entry_points[ip]
        if kind != "call":
            size = 8 if self.wide else 4
            frame = self.register(self.sp) + (size if kind in WITH_ERROR_CODE else 0)
            cs = self.m.word(frame + size, size)
        if kind == "call" or cs & 3 == 3:
            self.entries.append((now - self.start, "system call" if kind == "call" else name,
                                 self.root(self.register("cr3")) == self.tables))
        return now - self.start

    def step(self):
        """Execute one instruction of user mode. Return False if it could not be executed yet
        and the kernel has provided what was missing (a page) instead."""
        before = self.register(self.ip)
        self.m.step()
        if self.cpl() == 3:
            return True
        self.note(self.register(self.ip))
        self.back_to(before)
        return False

    def back_to(self, address):
        """Run until user mode is at an address again."""
        while self.m.run_to(address).cpl != 3:
            pass

    def settle(self, address):
        """At the first instruction, let the kernel read in its page if it is absent. Return
        the ns that this took, or None."""
        self.start = self.m.time()
        if self.m.read(address, 1):
            return None
        self.step()
        return self.m.time() - self.start

    # ------------------------------------------------------ one system call

    def stage(self, what, state):
        table = self.user if state.cpl == 3 else self.symbols
        return {"what": what, "place": state.place(), "cpl": state.cpl, "ip": state.ip,
                "sp": state.sp, "cr3": state.cr3, "ax": state.r["ax"], "flags": state.flags,
                "cs": state.cs.selector, "mode": state.mode(),
                "symbol": table.at(state.ip) if table else None,
                "source": table.line(state.ip) if table else None,
                "next": instructions(self.m.read, state, 1)}

    def follow(self):
        """Return the next system call as a dictionary, or None after STEPS instructions."""
        handlers = self.symbols.starting(HANDLERS) if self.symbols else {}
        user_steps = 0
        while not (name := CALLS.get(self.m.read(self.register(self.ip), 2))):
            user_steps += self.step()
            if user_steps > STEPS:
                return None
        before = self.m.state()
        call = {"instruction": name, "number": before.r["ax"] & 0xffffffff,
                "user_instructions_before": user_steps, "handler": None, "exit": None,
                "arguments": {r: before.r[r if r in before.r else r[1:]]
                              for r in ARGUMENTS[before.width]},
                "stages": [self.stage(f"user mode, before `{name}`", before)]}
        self.m.step()
        inside = self.m.state()
        self.entry_points.setdefault(inside.ip, ("call", name))
        call["stages"].append(self.stage("the kernel's entry", inside))
        entered = self.note(inside.ip)
        last, steps = inside.ip, 0
        while steps < STEPS:
            ip = self.register(self.ip)
            if self.cpl() == 3:
                break
            if ip in handlers and not call["handler"]:
                call["handler"] = handlers[ip]
                call["stages"].append(self.stage("the handler", self.m.state()))
            last, steps = ip, steps + 1
            if not self.m.step():
                break
        if self.cpl() != 3:         # it waits for something: be there when it comes back
            self.back_to(before.ip + 2)
            steps = None
        after = self.m.state()
        call.update(kernel_instructions=steps, ns=self.m.time() - self.start - entered)
        if steps:
            leaving = instructions(lambda at, n: self.m.read(last, n), inside, 1)
            call["exit"] = {"ip": last, "symbol": self.symbols.at(last) if self.symbols else None,
                            "text": leaving[0]["text"] if leaving else None}
        call["stages"].append(self.stage("user mode again", after))
        return call

    # -------------------------------------------------------- all of a second

    def count(self):
        """Return all entries in the first second since the start, as a dictionary."""
        reads = {self.symbols.find(n) for n in PROMPT} - {None} if self.symbols else set()
        for address in {*self.entry_points, *reads}:
            self.m.stub.set_break(address)
        until = time.monotonic() + REAL_SECONDS
        ended, seen, from_user = None, 0, False
        try:
            while seen < SECOND and time.monotonic() < until:
                self.m.go()
                ip = self.register(self.ip)
                if ip in reads:
                    self.prompt = True
                    self.m.stub.clear_break(ip)
                    reads.remove(ip)
                    continue
                known = len(self.entries)
                seen = self.note(ip)
                from_user = len(self.entries) > known
            for address in {*self.entry_points, *reads}:
                self.m.stub.clear_break(address)
        except Ended as e:
            ended = {"outcome": e.args[0], "hint": e.args[1]}
        entries = [e for e in self.entries if e[0] < SECOND]
        into = len(entries)
        kinds = Counter(what for _, what, _ in entries)
        # On one CPU in and out take turns. The last way out may be after the second,
        # unless the second ended in the kernel: because of something that only a kernel
        # can do, or at an entry after which the kernel was not left
        in_kernel = ended["outcome"] in ENDS if ended else seen >= SECOND and not from_user
        most = max(into - 1, 0) if in_kernel else into
        return {"ns": min(seen, SECOND), "into_kernel": into,
                "out_of_kernel": [max(into - 1, 0), most],
                "kinds": dict(kinds.most_common()),
                "by_pid1": sum(own for *_, own in entries), "ended": ended,
                "entries": [{"ns": ns, "what": what, "pid1": own} for ns, what, own in entries]}
