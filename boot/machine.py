# SPDX-License-Identifier: GPL-2.0-only
"""The command line of QEMU and of the kernel, as functions of the options. Nothing
runs here except the KVM probe, which finds out whether KVM can be used."""
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile

from boot import SRCTREE, Refused
from boot.arch import read_values

STATUS_PORT = "org.bzinit.status"   # virtio-serial port of the status channel
SHARE_TARGET = "/share"             # where PID 1 mounts the host's directory
STATUS_TTY = "ttyS1"                # and its second way, a UART
CLOCK_BASE = "2000-01-01"           # date at the start of a recorded run
OVMF = (("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"))

DRIVE_WORDS = {"ro": "readonly=on", "tmp": "snapshot=on", "qcow2": "format=qcow2"}


def choose_accel(o):
    """Return (accelerator, why). It is KVM only if a guest has just run on it."""
    if o.accel != "auto":
        return o.accel, "asked for"
    probe = f"{o.build}/boot/kvm-probe"
    if os.path.exists(probe):
        return ask(probe)
    with tempfile.TemporaryDirectory(prefix="run-qemu.") as tmp:
        probe = f"{tmp}/kvm-probe"
        cc = shlex.split(os.environ.get("HOSTCC", "cc"))
        try:
            subprocess.run([*cc, "-o", probe, f"{SRCTREE}/boot/kvm-probe.c"],
                           check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return "tcg", "KVM not probed: no C compiler"
        return ask(probe)


def ask(probe):
    """Return (accelerator, why) as the probe says."""
    try:
        verdict = subprocess.run([probe], stdout=subprocess.PIPE, timeout=5, check=False)
        text = verdict.stdout.decode(errors="replace").strip()
        return ("kvm" if verdict.returncode == 0 else "tcg"), f"KVM {text}"
    except (OSError, subprocess.TimeoutExpired) as e:
        return "tcg", f"KVM not probed: {e}"


def quote_cmd(cmd):
    """Return CMD as the value of init.run="...", as init-src/cmdline.c reads it."""
    return "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\x{c:02x}"
                   for c in os.fsencode(cmd))


def processor_mhz():
    """Return the MHz of this machine's processor, or 1000 if the kernel does not say."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
            found = re.search(r"^cpu MHz\s*: ([\d.]+)", f.read(), re.M)
    except OSError:
        found = None
    return float(found[1]) if found else 1000.0


def consoles(o):
    """Return the words console= that the kernel needs beside those that are built into it.
    The last one becomes /dev/console: the display, if there is one."""
    wanted = [f"console={o.console}"] + (["console=tty0"] if o.graphic else [])
    built_in = read_values(f"{o.build}/linux/.config").get("CONFIG_CMDLINE", "").split() \
        if o.own_kernel else []
    built_in = [word for word in built_in if word.startswith("console=")]
    return [] if set(wanted) <= set(built_in) and wanted[-1] == built_in[-1] else wanted


def kernel_command_line(o, accel):
    words = [*consoles(o), "panic=-1"]
    if o.machine == "microvm" and accel == "tcg":
        # There is no timer to calibrate the TSC by; under TCG it has the host's rate
        words.append(f"tsc_early_khz={1000000 if o.clock else round(processor_mhz() * 1000)}")
    words += ["nokaslr"] if o.gdb or o.clock else []
    words.append(f"init.status={STATUS_TTY}")
    if o.size:
        words += [f"init.rows={o.size.lines}", f"init.columns={o.size.columns}"]
    words += [f"init.share={SHARE_TARGET}"] if o.share else []
    words += [f'init.run="{quote_cmd(o.cmd)}"'] if o.cmd is not None else []
    line = " ".join(words + ([o.append] if o.append else []))
    size, most = len(os.fsencode(line)), o.platform.command_line_max
    if size > most:
        raise Refused(f"kernel command line of {size} bytes: {o.arch} takes {most}: put a long "
                      "--cmd into a script in the image")
    return line


def comma(path):
    """Return PATH for the inside of an option of QEMU, where a comma is doubled."""
    return path.replace(",", ",,")


def microvm(o):
    """Return the machine type. A kernel without ACPI hangs on a microvm with ACPI, and one
    without a virtio console has no status channel there: with ACPI its serial ports have
    no interrupts. The configuration of ours says what it has."""
    has = read_values(f"{o.build}/linux/.config") if o.own_kernel else {}
    able = all(has.get(f"CONFIG_{name}") == "y" for name in ("ACPI", "VIRTIO_CONSOLE"))
    return "microvm,acpi=off" if o.own_kernel and not able else "microvm"


def qemu_argv(o, accel, plugs):
    """Return the QEMU command. PLUGS maps console, status, uart (and qmp) to chardevs."""
    bus = "device" if o.machine == "microvm" else "pci"
    argv = [o.emulator, "-no-user-config", "-nodefaults", "-no-reboot",
            "-machine", microvm(o) if o.machine == "microvm" else o.machine,
            "-accel", accel, "-cpu", "host" if accel == "kvm" else "max",
            "-m", str(o.memory), "-smp", str(o.cpus),
            "-kernel", o.kernel, "-append", kernel_command_line(o, accel)]
    argv += ["-initrd", o.initrd] if o.initrd else []
    argv += ["-vga", "std"] if o.graphic else ["-display", "none"]
    for name, backend in plugs.items():
        kind, _, options = backend.partition(",")
        argv += ["-chardev", f"{kind},id={name}" + (f",{options}" if options else "")]
    argv += ["-serial", "chardev:console"]
    if "mux=on" in plugs["console"]:
        argv += ["-mon", "chardev=console,mode=readline"]
    argv += ["-device", "isa-serial,index=1,chardev=uart",
             "-device", f"virtio-serial-{bus}",
             "-device", f"virtserialport,chardev=status,name={STATUS_PORT}"]
    argv += ["-device", "pvpanic"] if o.machine != "microvm" else []
    for n, (path, words) in enumerate(o.drives):
        argv += ["-drive", f"if=none,id=disk{n},file={comma(path)}"
                 + "".join("," + DRIVE_WORDS[word] for word in words)
                 + ("" if "qcow2" in words else ",format=raw"),
                 "-device", f"virtio-blk-{bus},drive=disk{n}"]
    if o.share:
        path, read_only = o.share
        argv += ["-fsdev", f"local,id=share,path={comma(path)},security_model=none,"
                 "multidevs=remap" + (",readonly=on" if read_only else ""),
                 "-device", f"virtio-9p-{bus},fsdev=share,mount_tag=share"]
    if o.net:
        argv += ["-netdev", "user,id=net0" + "".join(
                     f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for host, guest in o.forwards),
                 "-device",
                 f"virtio-net-{bus},netdev=net0" + (",romfile=" if bus == "pci" else "")]
    if o.uefi:
        code, variables = find_ovmf()   # snapshot: each run writes to a copy
        argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={comma(code)}",
                 "-drive", f"if=pflash,format=raw,snapshot=on,file={comma(variables)}"]
    if o.clock:
        argv += instruction_clock(*o.clock)
    if o.gdb:
        argv += ["-gdb", f"tcp:127.0.0.1:{o.gdb_port}"]
    if "qmp" in plugs:              # stopped until everything is connected
        argv += ["-mon", "chardev=qmp,mode=control", "-S"]
    elif o.gdb:
        argv += ["-S"]
    return argv + o.extra


def instruction_clock(mode, path):
    """Return the options with which virtual time counts executed instructions, 1 ns each,
    and all input is recorded to PATH or taken from there. Sleep costs no real time; the
    clock starts at a fixed date and random numbers at a fixed seed."""
    return ["-icount", f"shift=0,sleep=off,rr={mode},rrfile={comma(path)}",
            "-rtc", f"base={CLOCK_BASE},clock=vm", "-seed", "1",
            "-action", "shutdown=pause" if mode == "replay" else "shutdown=poweroff"]


def find_ovmf():
    for pair in OVMF:
        if all(map(os.path.exists, pair)):
            return pair
    raise Refused("--uefi: no OVMF firmware here: install the package ovmf")


def split_drives(drives):
    """Return [(path, words)]. The words at the end of a drive are taken off, each once. The
    format is never guessed: a guest could write the header of another one to its disk, and
    have the next run read any file of the host."""
    out = []
    for path in drives:
        words = set()
        while (word := path.rpartition(",")[2]) in DRIVE_WORDS.keys() - words and "," in path:
            words.add(word)
            path = path.rpartition(",")[0]
        if not os.path.exists(path):
            raise Refused(f"--drive {path}: no such file")
        out.append((path, sorted(words)))
    return out


def split_share(o):
    """Return (path, is it read-only?) of the directory that --share names. Refuse a kernel
    of ours that cannot mount it."""
    path = o.share.removesuffix(",rw")
    if not os.path.isdir(path):
        raise Refused(f"--share {path}: no such directory")
    has = read_values(f"{o.build}/linux/.config") if o.own_kernel else {}
    lacks = [name for name in ("CONFIG_9P_FS", "CONFIG_NET_9P_VIRTIO") if has.get(name) != "y"]
    if o.own_kernel and lacks:
        raise Refused(f"--share: the kernel of this image has no {lacks[0]}: choose "
                      "FRAGMENT_VIRTIO (make menuconfig)")
    return os.path.abspath(path), path == o.share


def split_ports(text):
    """Return [(host, guest)] of the words HOST:GUEST."""
    out = []
    for word in text.split():
        pair = re.fullmatch(r"([0-9]{1,5}):([0-9]{1,5})", word)
        if not pair or not all(0 < int(port) < 65536 for port in pair.groups()):
            raise Refused(f"--ports {word}: not HOST:GUEST: write two ports, as in 8080:80")
        out.append((int(pair[1]), int(pair[2])))
    return out


def split_arguments(text):
    """Return the words of TEXT, split as a shell does; nothing in it is executed."""
    try:
        return shlex.split(text)
    except ValueError as e:
        raise Refused(f"--qemu-args {text}: {e}: close the quote") from None


def free_port():
    """Return the first free port from 1234 on, which is the usual one of gdb."""
    for port in range(1234, 1334):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Refused("--gdb: no free port in 1234-1333")


def find_emulator(o):
    return shutil.which(o.emulator)


def shell_line(argv):
    return " ".join(map(shlex.quote, argv))


def gdb_command(o):
    """Return the command to type in another terminal; for our kernel with its symbols."""
    vmlinux = f"{o.build}/linux/vmlinux"
    symbols = [vmlinux] if o.own_kernel and os.path.exists(vmlinux) else []
    sources = ["-d", o.build] if symbols else []
    if symbols and os.path.exists(f"{vmlinux}-gdb.py"):     # lx-ps and the like
        sources += ["-iex", f"add-auto-load-safe-path {os.path.realpath(f'{vmlinux}-gdb.py')}",
                    "-iex", f"add-auto-load-safe-path {os.path.abspath(vmlinux)}-gdb.py"]
    return shell_line(["gdb", *sources, *symbols, "-ex", f"target remote 127.0.0.1:{o.gdb_port}",
                       *(["-ex", "hbreak start_kernel", "-ex", "continue"] if symbols else [])])
