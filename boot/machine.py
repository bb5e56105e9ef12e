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
STATUS_TTY = "ttyS1"                # and its second way, a UART
CLOCK_BASE = "2000-01-01"           # date at the start of a recorded run
OVMF = (("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"))


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


def kernel_command_line(o, accel):
    # The last console= becomes /dev/console: the display, if there is one
    words = [f"console={o.console}"] + (["console=tty0"] if o.graphic else []) + ["panic=-1"]
    if o.machine == "microvm" and accel == "tcg":
        # There is no timer to calibrate the TSC by; under TCG it has the host's rate
        words.append(f"tsc_early_khz={1000000 if o.clock else round(processor_mhz() * 1000)}")
    words += ["nokaslr"] if o.gdb or o.clock else []
    words.append(f"init.status={STATUS_TTY}")
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
    """Return the machine type. A kernel without ACPI hangs on a microvm with ACPI; the
    configuration of ours says whether it has it."""
    without = o.own_kernel and \
        read_values(f"{o.build}/linux/.config").get("CONFIG_ACPI") != "y"
    return "microvm,acpi=off" if without else "microvm"


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
    for n, (path, read_only) in enumerate(o.drives):
        argv += ["-drive", f"if=none,id=disk{n},format=raw,file={comma(path)}"
                 + (",readonly=on" if read_only else ""),
                 "-device", f"virtio-blk-{bus},drive=disk{n}"]
    if o.net:
        argv += ["-netdev", "user,id=net0", "-device",
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
    out = []
    for d in drives:
        read_only = d.endswith(",ro")
        path = d[:-3] if read_only else d
        if not os.path.exists(path):
            raise Refused(f"--drive {path}: no such file")
        out.append((path, read_only))
    return out


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
    return shell_line(["gdb", *sources, *symbols, "-ex", f"target remote 127.0.0.1:{o.gdb_port}",
                       *(["-ex", "hbreak start_kernel", "-ex", "continue"] if symbols else [])])
