# SPDX-License-Identifier: GPL-2.0-only
"""How each init is told what to run, asked to end, and what its end says."""
import os
import shutil
import signal
import subprocess

from .machine import NotIts, read, which

PROBE = "/bin/probe"


class Init:
    """One init under test. A subclass says how it wants to be used."""
    kind = package = ""
    variants = ((),)            # options to try, the best one counts
    services = False            # does it have any?
    reports = True              # does the status of its task arrive outside?
    ends_all = True             # does it end a machine, or one program?
    request = signal.SIGUSR2    # power-off, or for who has none: end
    asks = ()                   # signals that ask for something
    ends_with = (130,)          # how the namespace ends at such a request
    poweroff = ()               # -f: the command, inside
    terminal = ("console",)     # options of "enter start" for a terminal
    last_words = ()             # lines of table() that the end needs
    fast = 1                    # services that respawn_fast() makes
    place = "/"                 # where its children start
    retry = 8                   # s in which it tries again to fork
    bad_lines = ()              # malformed lines of its table, of each kind

    def __init__(self, path):
        self.path = path

    @classmethod
    def find(cls, peers):
        """Its path, "" if it is not here; @peers as for which()."""
        return which(cls.package, peers) or "" if cls.package else ""

    def version(self):
        return ""

    def install(self, root):
        root.add(self.path, "/init")

    def ask(self, machine):
        """Ask for the end."""
        machine.kill(self.request)

    def one(self, root, command):
        """Prepare to run @command as the one task. Returns init and its arguments."""
        raise NotImplementedError

    def table(self, root, lines):
        """Prepare to run @lines, of (action, command); returns as one() does."""
        raise NotIts("has no services")

    def bad_table(self, root, command):
        """As table(), for each of bad_lines and before it @command and its number, once.
        Returns that and (name, number) for each: the file and the line in it."""
        raise NotIts("has no table of lines" if self.services else "has no services")

    def status(self, root, rc):
        """The status of the task of one(), None if none arrived."""
        del root
        return rc

    def respawn_fast(self, root, command):
        """As table(), for one respawned @command that is to run as often as possible."""
        raise NotIts("has no services")


class Inittab(Init):
    """Who reads /etc/inittab as BusyBox does."""
    services = True
    bad_lines = ("nonsense", ":a", "::bogus:/bin/probe exit 0", "::once:", ":::::", "\t::once")

    def table(self, root, lines):
        root.write("/etc/inittab", "".join(
            f"{action if ':' in action else '::' + action}:{command}\n"
            for action, command in lines))
        return ["/init"]

    def bad_table(self, root, command):
        argv = self.table(root, [])
        root.write("/etc/inittab", "".join(f"::once:{' '.join(command)} {n} 0\n{line}\n"
                                           for n, line in enumerate(self.bad_lines)))
        return argv, [("inittab", 2 * n + 2) for n in range(len(self.bad_lines))]


class Bzinit(Inittab):
    kind = "bzinit"
    asks = (1, 2, 3, 10, 12, 15, 30, 37, 38, 39, 40)
    poweroff = ("/sbin/poweroff", "-f")

    def version(self):
        git = subprocess.run(["git", "describe", "--always"], capture_output=True, text=True,
                             check=False)
        return git.stdout.strip()

    def install(self, root):
        shutil.copy(self.path, root.path + "/init")
        poweroff = os.path.join(os.path.dirname(self.path), "poweroff/poweroff")
        if os.path.exists(poweroff):
            shutil.copy(poweroff, root.path + "/sbin/poweroff")

    def one(self, root, command):
        root.write("/etc/cmdline",
                   f"quiet console=ttyTEST init.status=ttyS1 \"init.run={' '.join(command)}\"\n")
        return ["/init"]

    def table(self, root, lines):
        root.write("/etc/cmdline", "quiet console=ttyTEST init.status=ttyS1\n")
        return super().table(root, lines)

    def status(self, root, rc):
        words = read(root.path + "/dev/ttyS1").split()
        return int(words[1]) if words[:1] == ["status"] else None

    def respawn_fast(self, root, command):
        root.write("/etc/bzinit.d/fast.conf", f"command={' '.join(command)}\nbackoff=0:0\n")
        return self.table(root, [])


class Busybox(Inittab):
    kind = package = "busybox"
    reports = False
    fast = 1000
    asks = (1, 2, 3, 10, 12, 15, 18, 20)
    poweroff = ("/bin/busybox", "poweroff", "-f")
    last_words = (("shutdown", "/bin/umount", "-a", "-r"),)     # as its example has it

    def version(self):
        told = subprocess.run([self.path], capture_output=True, text=True, check=False)
        return told.stdout.split()[1].lstrip("v")

    def one(self, root, command):
        return self.table(root, [("once", " ".join(command))])

    def respawn_fast(self, root, command):
        # It waits a second before each restart, but then starts all that ended.
        # Lines that are the same would be one: the last word, which is not used, differs.
        return self.table(root, [("respawn", " ".join([*command, str(n)]))
                                 for n in range(self.fast)])


class Workload(Init):
    """Who runs one program, forwards signals to it and ends with it."""
    ends_all = False
    request = signal.SIGTERM
    ends_with = (0, 143)
    terminal = ("terminal",)

    def __init__(self, path):
        super().__init__(path)
        self.options = ()

    def version(self):
        told = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=False)
        words = (told.stdout + told.stderr).replace("_", " ").split()
        return next((w.lstrip("v") for w in words if w.lstrip("v")[:1].isdigit()), "")

    def one(self, root, command):
        return ["/init", *self.options, "--", *command]


class Tini(Workload):
    # -s has no effect for process 1, which is a subreaper anyway.
    kind = package = "tini"
    variants = ((), ("-g",))


class DumbInit(Workload):
    kind = package = "dumb-init"
    variants = ((), ("-c",), ("-r", "20:0", "-r", "21:0", "-r", "22:0"))


class Catatonit(Workload):
    kind = package = "catatonit"
    variants = ((), ("-g",))


ALL = Bzinit, Tini, DumbInit, Catatonit, Busybox


def compile_init(src, directory, flags=()):
    """init and poweroff, with the machine's own libc, as tests/init/init-lib.sh does.

    An object that is in @directory is taken as it is. Returns the path of init;
    raises CalledProcessError.
    """
    top = os.path.abspath(f"{os.path.dirname(__file__)}/../../..")
    cc = " ".join([os.environ.get("CC", "gcc"), *flags])
    subprocess.run(["sh", "-c", '. tests/lib/tap.sh; src=$1; compile_programs "$2" "$3" init poweroff/poweroff',
                    "sh", os.path.abspath(src), cc, os.path.abspath(directory)],
                   cwd=top, check=True)
    return directory + "/init"
