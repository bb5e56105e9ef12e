# SPDX-License-Identifier: GPL-2.0-only
# 32-bit x86. make and boot/arch/ read the lines NAME=VALUE; make alone the others.
KARCH=i386
KERNEL_IMAGE=arch/x86/boot/bzImage
QEMU=qemu-system-i386
CONSOLE=ttyS0
fragment-y += arch-i386.config
