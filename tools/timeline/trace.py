# SPDX-License-Identifier: GPL-2.0-only
"""When what happens in a replay: breakpoints become marks and spans.

A mark is a place that a boot passes once. A span is a function, from its first
instruction to the one after its call. At the first instruction the return address
is on the stack (System V ABI), and the stack pointer says which task it is."""
import os
from dataclasses import dataclass, field

from boot.gdbstub import StubError
from tools.timeline.places import initcalls

# Functions of early boot that are worth a line. Those that have a symbol are shown:
# some are static or inline in one kernel and not in another.
FUNCTIONS = ("setup_arch", "mm_core_init", "mm_init", "vfs_caches_init_early", "trap_init",
             "sched_init", "rcu_init", "init_IRQ", "time_init", "console_init", "acpi_early_init",
             "x86_late_time_init", "apic_intr_mode_init", "calibrate_delay",
             "arch_cpu_finalize_init", "check_bugs", "vfs_caches_init", "proc_root_init",
             "smp_prepare_cpus", "native_smp_prepare_cpus", "setup_boot_APIC_clock", "smp_init",
             "up_late_init", "workqueue_init", "page_alloc_init_late", "driver_init",
             "wait_for_initramfs", "do_populate_rootfs", "console_on_rootfs",
             "prepare_namespace", "free_initmem", "mark_rodata_ro",
             "pti_finalize", "async_synchronize_full")
NAMES = {"do_populate_rootfs": "unpacking the initramfs"}
BESIDE = "do_populate_rootfs"       # done by a worker, in turn with the rest of the boot
SWITCHED = "finish_task_switch"     # called first by a task that the scheduler has chosen
PAGE_TABLE = ~0x1fff    # of CR3: without PCID and the user half of page-table isolation
UNSEEN = 100_000        # instructions before the end in which nobody need have looked
SLEEP_ENDS = 10 * 10**9  # ns asleep, in all, after which nobody waits for more


@dataclass
class Span:
    """What lasts from START to END, in virtual ns; END is None if it had not ended."""
    name: str
    cat: str            # stage, function, level, initcall, step, service
    start: int
    end: int = None
    exact: bool = True
    args: dict = field(default_factory=dict)
    lost: int = 0       # ns of it in which a span of another task ran


class Trace:
    """The marks and spans of a replay. run() ends when the boot is over: a program
    reads the terminal, everything sleeps, a program that could not be started is
    tried again, or the recording ends."""

    def __init__(self, replay, symbols, stages, unpacked, entry, steps, goes_on=True):
        """SYMBOLS: of the kernel, or None. STAGES, UNPACKED: as from boot_protocol().
        ENTRY, STEPS: as from init_program(). GOES_ON: the recording is of a machine
        that was left running, so the boot is over when all sleep."""
        self.replay, self.stub, self.symbols = replay, replay.stub, symbols
        self.platform, self.goes_on = replay.platform, goes_on
        self.marks = {}             # name: ns
        self.logged = set()         # names of marks that only the log tells
        self.spans = []             # of functions, initcalls, programs
        self.steps = []             # (ns, function) of PID 1's main()
        self.switches = []          # (ns, stack of the task that runs from then on or None)
        self.last = 0               # ns of the last stop
        self.stopped_at = 0         # instructions until then
        self.count = None           # instructions until the recording's end, once it is reached
        self.over = False
        self.failed = set()         # paths of programs that could not be started
        self.handlers, self.frames = {}, {}
        self.entry, self.step_at = entry, steps
        self.running = {}           # page table: span of a program
        self.table = initcalls(symbols) if symbols else []
        for name, address in stages.items():
            self.mark(address, name)
        if unpacked is not None:
            self.once(list(stages.values())[-1], lambda: self.find_vmlinux(unpacked))
        if entry:
            self.mark(entry, "init", self.init_runs)
        if symbols:
            self.place_symbols()

    def find_vmlinux(self, base):
        """At the decompressor's entry, find the entry of the kernel that it will unpack
        to BASE."""
        self.mark(self.replay.kernel_entry(base), "vmlinux")

    def place_symbols(self):
        """Set the breakpoints at functions of the kernel."""
        for name in ("start_kernel", "kernel_init", "panic", "kernel_power_off"):
            self.mark(self.symbols.find(name), name)
        # Only once: QEMU executes a page with a breakpoint one instruction at a time,
        # and such a page may have a loop that waits
        for name in FUNCTIONS:
            self.mark(self.symbols.find(name), name, lambda name=name: self.function(name))
        self.at("do_one_initcall", self.initcall)
        self.at("kernel_execve", lambda: self.execute(self.replay.regs["rdi"]))
        self.at(self.platform.execve, lambda: self.execute(
            self.pointer(self.replay.regs["rdi"] + self.platform.regs_argument)))
        self.at("start_thread", self.program_starts)
        self.at("do_group_exit", self.program_ends)
        self.at("n_tty_read", self.prompt)  # shells that edit lines poll first
        self.at("n_tty_poll", self.prompt)

    # ------------------------------------------------------------- breakpoints

    def on(self, address, handler):
        """Call HANDLER each time that the address is reached."""
        if address not in self.handlers:
            self.stub.set_break(address)
        self.handlers.setdefault(address, []).append(handler)

    def off(self, address, handler):
        """Call HANDLER no more."""
        if handler in self.handlers.get(address, ()):
            self.handlers[address].remove(handler)
            if not self.handlers[address]:
                del self.handlers[address]
                self.stub.clear_break(address)

    def at(self, name, handler):
        """Call HANDLER each time that a function begins, if this kernel has it."""
        address = self.symbols.find(name)
        if address is not None:
            self.on(address, handler)

    def mark(self, address, name, handler=lambda: None):
        """Note the first time that an address is reached, if it is known, as NAME."""
        self.once(address, lambda: (self.marks.setdefault(name, self.last), handler()))

    def once(self, address, handler, condition=lambda: True):
        """Call HANDLER at the first time that an address, if it is known, is reached and
        CONDITION holds."""
        if address is None:
            return

        def passed():
            if condition():
                self.off(address, passed)
                handler()
        self.on(address, passed)

    def pointer(self, address):
        return int.from_bytes(self.stub.read(address, 8), "little")

    def run(self):
        """Run the replay from stop to stop. Raise StubError if QEMU is gone."""
        while not self.over:
            address = self.replay.next_stop()
            now = self.replay.now()
            if now is None:
                raise StubError("the replay broke off before its end: QEMU is gone")
            if self.goes_on and self.replay.idle > SLEEP_ENDS and "init" in self.marks:
                break
            if address is None:
                self.count = self.replay.count
                self.marks["off"] = now
                break
            self.last, self.stopped_at = now, self.replay.count
            for handler in list(self.handlers.get(address, [])):
                handler()

    def lost_sight(self):
        """Has the machine gone so long without a stop before its end that it may have
        slept?"""
        return self.count is not None and self.count - self.stopped_at > UNSEEN

    def end(self):
        """Return when the boot was over: at the prompt, at the machine's end, or with the
        last thing that happened before everything slept."""
        last = [t for s in self.spans for t in (s.start, s.end or 0)] + list(self.marks.values())
        return self.marks.get("prompt") or self.marks.get("off") or max(last)

    def prompt(self):
        self.marks["prompt"] = self.last
        self.over = True

    # --------------------------------------------------------------- functions

    def enter(self, span, leave=lambda: None):
        """Begin SPAN at a function's first instruction. It ends when the function returns;
        then LEAVE is called."""
        span.start = self.last
        self.spans.append(span)
        rsp = self.replay.regs["rsp"]
        span.args["stack"] = rsp >> self.platform.stack_bits
        back = self.pointer(rsp)
        if back not in self.frames:
            self.frames[back] = {}
            self.on(back, lambda: self.returns(back))
        # A function that ends with a call jumps to it (tail call): both return at once
        self.frames[back].setdefault(rsp + 8, []).append((span, leave))

    def function(self, name):
        """Begin the span of one of FUNCTIONS. While that of a worker is open, note which
        task runs: elsewhere the breakpoint at each switch would only cost time."""
        span = Span(NAMES.get(name, name), "function", 0)
        if name != BESIDE:
            self.enter(span)
            return
        place = next((a for a, n in self.symbols.starting(SWITCHED).items()), None)
        self.enter(span, lambda: self.off(place, self.switched))
        if place is not None:
            self.switched()
            self.on(place, self.switched)

    def switched(self):
        self.switches.append((self.last, self.replay.regs["rsp"] >> self.platform.stack_bits))

    def returns(self, back):
        for span, leave in self.frames[back].pop(self.replay.regs["rsp"], ()):
            span.end = self.last
            leave()

    def initcall(self):
        """Begin a span at do_one_initcall(fn). The kernel calls them in the order of its
        table; those of modules are not in it."""
        address = self.replay.regs["rdi"]
        level, where, name = "module", "", self.symbols.at(address) or f"{address:#x}"
        if self.table and self.table[0][2] in self.symbols.names(address):
            level, where, name = self.table.pop(0)
        self.enter(Span(name, "initcall", 0, args={"level": level, "file": where}))

    # ---------------------------------------------------------------- programs

    def execute(self, path):
        """Begin a span at execve(PATH), called by the kernel or by a program."""
        try:
            path = os.fsdecode(self.stub.read_string(path))
        except StubError:           # not in memory yet: a page fault brings it
            path = "?"
        self.marks.setdefault("exec", self.last)
        if path in self.failed:
            self.over = True
            return
        span = Span(f"exec of {path}", "exec", 0, args={"path": path})
        self.enter(span, lambda: self.execute_returns(span))

    def execute_returns(self, span):
        if "started" not in span.args:
            span.args["failed"] = True
            self.failed.add(span.args["path"])

    def program_starts(self):
        """Begin a program at start_thread(): it is in its new memory and goes on to user
        mode. The innermost execve of this task was its."""
        stack = self.replay.regs["rsp"] >> self.platform.stack_bits
        own = [s for s in self.spans if s.cat == "exec" and s.end is None
               and s.args.get("stack") == stack]
        if not own:
            return
        span = Span(own[-1].args["path"], "service", own[-1].start)
        own[-1].args["started"] = True
        space = self.replay.regs["cr3"] & PAGE_TABLE
        if "started" not in self.marks:     # PID 1 itself: these two are stages
            self.marks["started"] = self.last
            span.cat, own[-1].cat = "init", "stage"
        elif space in self.running:
            self.running[space].end = self.last
        self.running[space] = span
        self.spans.append(span)

    def program_ends(self):
        span = self.running.pop(self.replay.regs["cr3"] & PAGE_TABLE, None)
        if span:
            span.end = self.last

    # ------------------------------------------------------------------- PID 1

    def init_runs(self):
        """Stop at PID 1's steps. Other programs may use the same addresses: the page
        table says which program it is."""
        space = self.replay.regs["cr3"] & PAGE_TABLE
        for address, name in self.step_at.items():
            self.once(address, lambda name=name: self.step(name),
                      lambda: self.replay.regs["cr3"] & PAGE_TABLE == space)

    def step(self, name):
        if name not in (step for _, step in self.steps):
            self.steps.append((self.last, name))
