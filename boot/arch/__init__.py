# SPDX-License-Identifier: GPL-2.0-only
"""What differs per architecture: one file in configs/arch that make reads too, and
one module here."""
import importlib
import os
from dataclasses import dataclass

from boot import SRCTREE, Refused


@dataclass(frozen=True)
class Arch:
    """The constants of a processor and of the machines that QEMU has for it."""
    command_line_max: int   # bytes that the kernel takes
    uart_ier: int           # I/O port: interrupt enable register of the console's UART
    pm_timer: int           # I/O port of the ACPI timer, where the firmware puts it
    pm_hz: int
    pm_bits: int
    setup_entry: int        # where QEMU loads the setup code of a bzImage, and it begins
    entry64: int            # of the 64-bit entry behind the 32-bit one
    symbols: bool           # timeline knows the registers and stacks of its kernel
    stack_bits: int = 0     # log2 of the size of a kernel stack
    regs_argument: int = 0  # offset of a system call's first argument in struct pt_regs
    execve: str = ""        # symbol of the system call


def read_values(path):
    """Return {name: value} of the lines NAME=VALUE of a file, and of no others; quotes
    around a value are left out. An absent file has none."""
    values = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                name, equals, value = line.strip().partition("=")
                if equals and name.isidentifier():
                    values[name] = value.strip('"')
    except FileNotFoundError:
        pass
    return values


def find(name):
    """Return (the values of configs/arch/NAME.mk, its Arch). Raise Refused if there
    is no such architecture."""
    path = f"{SRCTREE}/configs/arch/{name}.mk"
    if not name.isidentifier() or not os.path.exists(path):
        raise Refused(f"--arch {name}: configs/arch has no such architecture")
    return read_values(path), importlib.import_module(f"boot.arch.{name}").ARCH
