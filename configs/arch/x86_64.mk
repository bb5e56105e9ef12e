# SPDX-License-Identifier: GPL-2.0-only
# 64-bit x86. make and boot/arch/ read the lines NAME=VALUE; make alone the others.
KARCH=x86_64
KERNEL_IMAGE=arch/x86/boot/bzImage
QEMU=qemu-system-x86_64
CONSOLE=ttyS0
fragment-y += arch-x86_64.config
fragment-$(CONFIG_FRAGMENT_MITIGATIONS) += mitigations-x86_64.config
fragment-$(CONFIG_FRAGMENT_TINY) += tiny-x86_64.config
fragment-$(CONFIG_FRAGMENT_KVM_GUEST) += kvm-guest-x86_64.config
fragment-$(CONFIG_FRAGMENT_HARDENING) += hardening-x86_64.config
