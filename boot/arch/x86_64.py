# SPDX-License-Identifier: GPL-2.0-only
"""64-bit x86. Sources: arch/x86/include/asm/setup.h (COMMAND_LINE_SIZE), page_64_types.h
(THREAD_SIZE) and ptrace.h (struct pt_regs) of the kernel; SeaBIOS for the ACPI timer."""
from boot.arch import Arch

ARCH = Arch(
    command_line_max=2047,
    uart_ier=0x3f9,
    pm_timer=0x608,
    pm_hz=3579545,
    pm_bits=24,
    setup_entry=0x10200,
    entry64=0x200,
    symbols=True,
    stack_bits=14,
    regs_argument=112,
    execve="__x64_sys_execve",
)
