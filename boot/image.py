# SPDX-License-Identifier: GPL-2.0-only
"""The setup header of a kernel image.

build/tools/anatomy says everything that is in an image. This reader is apart from
it because the runner boots any image before anything has been built, and must
refuse one that is cut short: QEMU starts it, and ends with status 0.
Format: Documentation/arch/x86/boot.rst of the kernel."""
import struct

from boot import Refused

HEADER_END = 0x268
FIELDS = {"setup_sects": (0x1f1, "B"), "syssize": (0x1f4, "<I"), "boot_flag": (0x1fe, "<H"),
          "magic": (0x202, "4s"), "version": (0x206, "<H"), "kernel_version": (0x20e, "<H"),
          "code32_start": (0x214, "<I"), "xloadflags": (0x236, "<H"),
          "payload_offset": (0x248, "<I"), "payload_length": (0x24c, "<I"),
          "pref_address": (0x258, "<Q"), "init_size": (0x260, "<I")}
XLF_KERNEL_64 = 1
SIZES_SINCE = 0x20c     # boot protocol 2.12 (Linux 3.8) has xloadflags and the two below it


class KernelImage:
    """A kernel image: its path, its bytes and the fields of its header."""

    def __init__(self, path, absent="give another one"):
        """Read PATH. ABSENT is the remedy if there is none. Raise Refused unless it is
        a whole bzImage, or ELF."""
        try:
            with open(path, "rb") as f:
                self.data = f.read()
        except OSError as e:
            raise Refused(f"kernel {path}: {e.strerror}: {absent}") from None
        self.path, self.is_elf = path, self.data[:4] == b"\x7fELF"
        if self.is_elf:
            return
        whole = len(self.data) >= HEADER_END
        for name, (offset, form) in FIELDS.items() if whole else ():
            setattr(self, name, struct.unpack_from(form, self.data, offset)[0])
        if not whole or self.magic != b"HdrS" or self.boot_flag != 0xaa55:
            raise Refused(f"kernel {path}: not a bzImage: give a kernel image (vmlinuz, bzImage)")
        self.setup_bytes = ((self.setup_sects or 4) + 1) * 512
        size = self.setup_bytes + self.syssize * 16
        if len(self.data) + 15 < size:      # the last unit of 16 bytes may be cut
            raise Refused(f"kernel {path}: truncated, {len(self.data)} of {size} bytes: "
                          "make or copy it again")

    @property
    def sized(self):
        """Does its header say how much memory it needs, and of how many bits it is?"""
        return not self.is_elf and self.version >= SIZES_SINCE

    @property
    def wide(self):
        """Has it a 64-bit entry?"""
        return self.sized and bool(self.xloadflags & XLF_KERNEL_64)

    @property
    def needed_mib(self):
        """The MiB of memory that it needs at least, or 0 if it does not say."""
        return -(-(self.pref_address + self.init_size) >> 20) if self.sized else 0

    @property
    def release(self):
        """The line with its version and who built it."""
        at = self.kernel_version + 0x200
        text = self.data[at:at + 0x80].split(b"\0")[0] if self.kernel_version else b""
        return text.decode("latin-1")
