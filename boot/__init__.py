# SPDX-License-Identifier: GPL-2.0-only
"""Run machines: QEMU, what it is given, what the guest did, and a recorded boot
stopped at will. The only place that knows QEMU."""
