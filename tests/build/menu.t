#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make menuconfig and make kernel-menuconfig, driven by keys in a terminal: an
option that is changed there is in the next image, and in the saved fragment."""
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True      # the source tree is never written to
from tap import done, result        # noqa: E402

TMP = tempfile.mkdtemp(prefix="bzinit-test-menu.")
OUT = f"{TMP}/out"
ENTER, ESC, BACKSPACE = b"\r", b"\x1b", b"\x7f"


def make(*words):
    return subprocess.run(["make", f"O={OUT}", *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)


class Menu:
    """make WORDS... as the foreground job of a terminal of its own."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "linux"
            os.execvp("make", ["make", f"O={OUT}", *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 0, 0))
        self.text = b""
        self.good = True

    def read(self):
        """What there is to read within 0.1 s. Returns False at the end."""
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:         # EIO: nobody has the terminal open any more
            return False
        self.text += data
        return bool(data)

    def see(self, word, seconds=120):
        """Wait for WORD on the screen, in what came since the last keys."""
        end = time.monotonic() + seconds
        while self.good and word not in self.text:
            self.good = self.read() and time.monotonic() < end
        while self.good and select.select([self.fd], [], [], 0.2)[0]:
            self.good = self.read()     # until the screen is whole
        return self

    def type(self, *keys):
        self.text = b"" if self.good else self.text
        for key in keys if self.good else ():
            os.write(self.fd, key)
        return self

    def end(self):
        """Leave all menus, one by one, and save. Returns the exit status."""
        while self.good and b"save your new" not in self.text:
            self.type(ESC, ESC)
            end = time.monotonic() + 3
            while time.monotonic() < end and b"\x1b" not in self.text:
                self.good = self.read()
            self.see(b"")
        self.type(ENTER)
        end = time.monotonic() + 120
        while self.read() and time.monotonic() < end:
            pass
        if not self.good:
            os.kill(self.pid, 9)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def change(menu, symbol, old, new):
    """Search SYMBOL, go there, and put NEW where OLD was."""
    menu.see(b"Arrow keys").type(b"/").see(b"Search").type(symbol, ENTER)
    menu.see(b"(1)").type(b"1").see(b"Arrow keys").type(ENTER)
    menu.see(old).type(BACKSPACE * len(old), new, ENTER).see(b"Arrow keys")
    return menu


def file_has(path, word):
    try:
        with open(path, "rb") as f:
            return word in f.read()
    except OSError:
        return False


def test_menuconfig():
    made = make("tiny_defconfig", "initramfs")
    result("an archive, before", made.returncode == 0
           and not file_has(f"{OUT}/initramfs.cpio", b"pupil"), made.stderr)
    menu = change(Menu("menuconfig"), b"INIT_HOSTNAME", b"bzinit", b"pupil")
    result("menuconfig ends well", menu.end() == 0 and menu.good, menu.text)
    result("the option is in .config",
           file_has(f"{OUT}/.config", b'\nCONFIG_INIT_HOSTNAME="pupil"\n'))
    made = make("initramfs")
    result("and in the next archive", made.returncode == 0
           and file_has(f"{OUT}/initramfs.cpio", b"pupil"), made.stderr)


def test_errors_in_config():
    """A menu is the remedy for a .config that stops make."""
    with open(f"{OUT}/.config", "a", encoding="utf-8") as f:
        f.write('garbage\nCONFIG_NO_SUCH=y\nCONFIG_KERNEL_TREE=y\nCONFIG_KERNEL_TREE_PATH="/nowhere"\n'
                'CONFIG_KERNEL_SOURCE="dir"\n')
    made = make("initramfs")
    result("a kernel tree that is not there stops make", made.returncode != 0
           and "/nowhere: no such directory" in made.stderr, made.stderr)
    menu = Menu("menuconfig").see(b"Arrow keys")
    result("menuconfig shows the menu all the same, and what is wrong",
           menu.good and b"CONFIG_NO_SUCH=y" in menu.text and b"choose another kernel" in menu.text, menu.text)
    # The file before named another kernel.
    menu = change(menu, b"KERNEL_TREE_PATH", b"/nowhere", os.path.realpath(f"{OUT}/kernel-tree").encode())
    result("another tree is chosen", menu.end() == 0 and menu.good, menu.text)
    made = make("initramfs")
    result("then make goes on", made.returncode == 0, made.stderr)
    result("with a clean .config", not file_has(f"{OUT}/.config", b"garbage")
           and not file_has(f"{OUT}/.config", b"NO_SUCH"))


def test_kernel_menuconfig():
    name = f"{TMP}/mine.config"
    made = make("kernel-savefragment", f"FILE={name}")
    result("nothing to save yet: refused", made.returncode != 0
           and "run make kernel-menuconfig first" in made.stderr, made.stderr)
    menu = change(Menu("kernel-menuconfig"), b"^LOCALVERSION$", b"", b"-pupil")
    result("kernel-menuconfig ends well", menu.end() == 0 and menu.good, menu.text)
    made = make("initramfs", "kernelrelease")
    result("the kernel has the change", made.returncode == 0 and "-pupil" in made.stdout,
           made.stdout, made.stderr)
    made = make("kernel-savefragment", f"FILE={name}")
    result("it is saved as a fragment", made.returncode == 0
           and file_has(name, b'CONFIG_LOCALVERSION="-pupil"\n'), made.stderr)
    result("which is selected", file_has(f"{OUT}/.config", name.encode()))
    made = make("initramfs", "kernelrelease")
    result("and the kernel still has it", made.returncode == 0 and "-pupil" in made.stdout,
           made.stdout, made.stderr)


if __name__ == "__main__":
    try:
        test_menuconfig()
        test_errors_in_config()
        test_kernel_menuconfig()
    finally:
        shutil.rmtree(TMP)
    sys.exit(done())
