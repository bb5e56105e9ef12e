# SPDX-License-Identifier: GPL-2.0-only
"""The places where control changes hands, in the order of one boot.

Each is found by what the stop before it has shown, by the files or by a symbol; no
address is written here. Boot protocol: Documentation/arch/x86/boot.rst."""
import os

from boot import SRCTREE, kallsyms, symbols
from boot.image import FIELDS
from tools import programs
from tools.handover.boundary import Boundary
from tools.handover.disasm import instructions
from tools.handover.layout import Layout
from tools.handover.x86 import changes

FW_CFG_SETUP_ADDR = 0x16    # QEMU, include/standard-headers/linux/qemu_fw_cfg.h
SETUP_ENTRY = 0x200         # the setup segment + 0x20, offset 0
ENTRY_64 = 0x200            # behind the 32-bit entry
COMPARED = 16               # bytes that must agree to say where code comes from
ARGUMENTS = {64: ("di", "si", "dx", "cx"), 32: ("ax", "dx", "cx")}     # in the kernel
INIT = ("/sbin/init", "/etc/init", "/bin/init", "/bin/sh")


class Walk:
    """One boot from the reset vector to /init. SHOW is called with each stop. After run(),
    `stops` has them, and `left_out` the ones that could not be reached, with the reason."""

    def __init__(self, machine, image, o, show):
        self.m, self.image, self.o, self.show = machine, image, o, show
        self.stops, self.left_out = [], []
        self.layout = Layout(machine, image)
        self.last = self.boundary = None
        self.base = image.pref_address  # of the kernel in memory: nokaslr keeps it there
        boot = f"{o.build}/linux/arch/x86/boot"
        self.vmlinux = programs.read(f"{o.build}/linux/vmlinux") if o.own_kernel else None
        self.roots = (f"{o.build}/linux", o.build, SRCTREE,
                      os.path.realpath(f"{o.build}/kernel-tree"),
                      "linux/kernel-tree", "linux")     # as scripts/Makefile.kmake maps them
        self.setup, self.unpacker = f"{boot}/setup.elf", f"{boot}/compressed/vmlinux"
        self.symbols = self.own_symbols() if o.own_kernel else \
            symbols.from_map(o.symbols) if o.symbols else symbols.map_beside(o.kernel)
        self.no_symbols = ""

    def own_symbols(self):
        """Return the Symbols of our own kernel, with the source lines if vmlinux has them."""
        lines = self.vmlinux.file if self.vmlinux and self.vmlinux.section(".debug_line") else None
        return symbols.from_map(f"{self.o.build}/linux/System.map", debug=lines,
                                prefixes=self.roots)

    def table_of(self, path, bias):
        """Return the Symbols of a file of our own build, or None."""
        program = programs.read(path) if self.o.own_kernel else None
        return program.symbols(os.path.basename(path), bias, self.roots) if program else None

    # ----------------------------------------------------------- one stop

    def arrive(self, key, title, state, sources=(), table=None, **more):
        """Record and show a stop. SOURCES are (name, bytes, offset) of the files that the code
        may come from, TABLE are its Symbols."""
        linear = state.linear
        now, physical = self.m.time(), self.m.physical(linear)
        code = self.m.read(linear, COMPARED)
        found = [(name, at) for name, data, at in sources
                 if at is not None and code and data[at:at + len(code)] == code]
        stop = {"stop": key, "title": title, "ns": now, "place": state.place(), **state.json(),
                "physical": physical,
                "memory": self.m.region(physical) if physical is not None else None,
                "file": dict(zip(("name", "offset"), found[0])) if found else None,
                "symbol": table.at(linear) if table else None,
                "source": table.line(linear) if table else None,
                "changed": changes(self.last, state) if self.last else [],
                "next": instructions(self.m.read, state), **more}
        self.last = state
        self.stops.append(stop)
        self.show(stop)
        self.layout.look(key, state)
        return stop

    def leave_out(self, key, why):
        self.left_out.append({"stop": key, "why": why})

    # ---------------------------------------------------------- the way up

    def run(self):
        self.firmware_and_setup()
        self.kernel(self.unpacking())
        return self.init()

    def firmware_and_setup(self):
        self.arrive("reset", "Reset vector: the CPU starts in the firmware", self.m.state())
        segment = self.m.firmware_value(FW_CFG_SETUP_ADDR)
        state = self.m.run_to(segment + SETUP_ENTRY)
        self.arrive("setup", "16-bit setup: the firmware hands over to the kernel's first part",
                    state, [("bzImage", self.image.data, SETUP_ENTRY)],
                    self.table_of(self.setup, segment))
        # In the header, which the loader may have changed
        self.code32 = self.m.word(segment + FIELDS["code32_start"][0], 4)

    def unpacking(self):
        """Stop at the decompressor's two entries. Return where it will jump to, as the ELF
        header of vmlinux says, which is read from the file or from memory."""
        table = self.table_of(self.unpacker, self.code32)
        offset = self.image.setup_bytes
        state = self.m.run_to(self.code32)
        self.arrive("entry32", "32-bit entry: setup hands over to the decompressor", state,
                    [("bzImage", self.image.data, offset)], table)
        if self.image.wide:
            state = self.m.run_to(self.code32 + ENTRY_64)
            self.arrive("entry64", "64-bit entry: the decompressor, in long mode", state,
                        [("bzImage", self.image.data, offset + ENTRY_64)], table)
        return self.vmlinux.entry if self.vmlinux else self.m.replay.kernel_entry(self.base)

    def kernel(self, entry):
        state = self.m.run_to(entry)
        memory = self.m.dump(self.base, self.image.init_size)
        if not self.symbols:
            self.symbols = self.from_memory(memory)
        table = self.symbols
        physical_table = self.entry_table()
        self.arrive("vmlinux", "vmlinux entry: the decompressor hands over to the kernel proper",
                    state, self.vmlinux_bytes(entry), physical_table)
        self.layout.handed_over(state, memory, self.base)
        self.layout.kernel("vmlinux", table, self.base)
        start = table.find("start_kernel") if table else None
        if start is None:
            self.leave_out("start_kernel", self.no_symbols)
            return
        state = self.m.run_to(start)
        self.arrive("start_kernel", "start_kernel: assembly hands over to C", state,
                    self.vmlinux_bytes(self.m.physical(start)), table)

    def vmlinux_bytes(self, physical):
        if not self.vmlinux or physical is None:
            return []
        return [("vmlinux", self.vmlinux.data, self.vmlinux.offset(physical, physical=True))]

    def entry_table(self):
        """Return the Symbols for the entry of vmlinux, where its addresses are still physical."""
        table = self.symbols
        text = table.find("_text", "_stext") if table else None
        if text is None or text <= self.base:
            return None
        return table.moved(self.base - text)

    def from_memory(self, memory):
        """Return the Symbols that the kernel has in its memory, or None."""
        try:
            entries = kallsyms.decode(memory, 8 if self.image.wide else 4, self.base)
            return symbols.Symbols(entries, "kallsyms in memory")
        except kallsyms.Absent as e:
            self.no_symbols = f"no symbols: {e.args[0]}: give SYMBOLS=System.map of this kernel"
            return None

    # ---------------------------------------------------------------- /init

    def init(self):
        """Stop at the exec and at the first user-mode instruction. Return the latter or None."""
        entry = self.exec_of_init() if self.symbols else self.entry_by_file()
        if entry is None:
            return None
        state = self.m.run_to(entry)
        while state.cpl != 3:           # the same address may mean something else before
            state = self.m.run_to(entry)
        self.boundary = Boundary(self.m, state, self.symbols)
        fault = self.boundary.settle(state.linear)
        name, elf, bias = self.o.init, self.program, 0
        loader = elf.interpreter if elf else None
        if loader:                      # it comes first, wherever it was put
            elf = programs.find(self.o, loader)
            bias = entry - elf.entry if elf else 0
        table = self.boundary.user = self.program_table(elf, bias)
        return self.arrive(
            "init", f"{name}: the kernel hands over to the first user-mode instruction", state,
            [(elf.path, elf.data, elf.offset(entry - bias))] if elf else [],
            table, page_fault_ns=fault, loader=loader)

    def exec_of_init(self):
        """Stop at the execs of the programs that may be PID 1, up to the first that succeeds.
        Return the address at which it begins in user mode."""
        execve = self.symbols.find("kernel_execve")
        threads = [a for a in map(self.symbols.find, ("start_thread", "compat_start_thread")) if a]
        if execve is None or not threads:
            self.leave_out("exec", f"no kernel_execve or start_thread in {self.symbols.origin}")
            return self.entry_by_file()
        wanted = {self.o.init, *self.o.other_init}
        state = self.m.run_to(execve)
        while True:
            names = ARGUMENTS[state.width]
            size = state.width // 8
            if state.ip == execve:
                path, argv, envp = (state.r[n] for n in names[:3])
                name = self.m.text(path)
                if name not in wanted:          # a helper, /sbin/modprobe perhaps
                    state = self.m.run_to(execve)
                    continue
                if self.stops[-1]["stop"] == "exec":
                    self.stops[-1]["start_thread"] = {"failed": True}
                    self.show(self.stops[-1]["start_thread"])
                self.o.init = name
                self.arrive("exec", f"exec of {name}: a kernel thread becomes a program", state,
                            self.vmlinux_bytes(self.m.physical(execve)), self.symbols,
                            filename=name,
                            argv=list(map(self.m.text, self.m.words_until_null(argv, size))),
                            envp=list(map(self.m.text, self.m.words_until_null(envp, size))))
                state = self.m.run_to(execve, *threads)
                continue
            ip, sp = (state.r[n] for n in names[1:3])
            started = {"failed": False, "ip": ip, "sp": sp}
            self.stops[-1]["start_thread"] = started
            self.show(started)
            return ip

    @property
    def program(self):
        """Return the Program of /init in the initramfs, or None."""
        return programs.find(self.o, self.o.init)

    def program_table(self, elf, bias):
        """Return the Symbols of a program; those of init.debug, if that is the same code."""
        if not elf:
            return None
        debug = programs.read(f"{self.o.build}/init-src/init.debug")
        same = debug and debug.entry == elf.entry and debug.code() == elf.code()
        return (debug if same else elf).symbols(elf.path, bias, self.roots)

    def entry_by_file(self):
        elf = self.program
        self.leave_out("exec", self.no_symbols)
        if elf is None or not elf.fixed or elf.interpreter:
            self.leave_out("init", f"{self.no_symbols} (and {self.o.init} is no static program of "
                                   "fixed address in an archive that can be read here)")
            return None
        return elf.entry
