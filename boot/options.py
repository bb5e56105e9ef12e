# SPDX-License-Identifier: GPL-2.0-only
"""The options that say which machine is booted, and from what: those of run-qemu,
timeline, handover and report."""
import argparse
import os
import re

from boot import SRCTREE, Refused, arch, machine

MACHINES = ("auto", "pc", "q35", "microvm")


def positive(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def count(text):
    if int(text) <= 0:
        raise ValueError(text)
    return int(text)


def machine_type(text):
    if text not in MACHINES:
        raise ValueError(text)
    return text


def parser(program, description, **keywords):
    """Return an ArgumentParser with the options that all programs share. Their
    values are completed by parse()."""
    ap = argparse.ArgumentParser(program, description=description, allow_abbrev=False,
                                 usage=f"{program} [options] [-- QEMU arguments]", **keywords)

    def usage_error(text):
        raise Refused(f"{text} (see {program} --help)")
    ap.error = usage_error
    add = ap.add_argument
    add("--build", metavar="DIR", default=f"{SRCTREE}/build",
        help="build directory (default: build)")
    add("--arch", default=re.sub("i.86", "i386", os.uname().machine),
        help="x86_64 or i386, as in configs/arch (default: this machine's)")
    add("--kernel", metavar="FILE", help="any kernel image (default: BUILD/bzImage)")
    add("--initrd", metavar="FILE", help="initramfs archive to load beside it")
    add("--append", metavar="WORDS", default="", help="more kernel command line, goes last")
    add("--cmd", metavar="'PROG ARGS'", help="run this program as the workload, then power off")
    add("--timeout", metavar="SECONDS", type=positive, help="give up after that long (exit 124)")
    add("--memory", metavar="MIB", type=count, help="default: the configuration's, or 256")
    add("--cpus", metavar="N", type=count, help="default: the configuration's, or 1")
    add("--machine", choices=MACHINES,
        help="default: the configuration's, or auto (pc, which boots everywhere)")
    add("--accel", choices=("auto", "kvm", "tcg"), default="auto",
        help="auto: KVM if it is proved to run code here, else TCG (emulation)")
    add("--graphic", action="store_true", help="a display window; the serial console stays here")
    add("--uefi", action="store_true", help="boot through UEFI firmware (OVMF)")
    add("--drive", metavar="FILE[,ro][,tmp][,qcow2]", action="append", default=[],
        help="image as a virtio disk, raw unless qcow2 is said; tmp: what the guest writes is "
             "thrown away; repeatable")
    add("--share", metavar="DIR[,rw]",
        help=f"a directory of the host, over 9p: PID 1 mounts it on {machine.SHARE_TARGET}, "
             "read-only without ,rw")
    add("--net", action="store_true", help="a network card behind user-mode NAT")
    add("--ports", metavar="'HOST:GUEST ...'", default="",
        help="--net, and these TCP ports of 127.0.0.1 lead to ports of the guest")
    add("--qemu-args", metavar="'WORDS'", default="",
        help="arguments for QEMU, split as a shell does; the same as after --")
    ap.set_defaults(gdb=False, print=False, record=None, replay=None, settle=None,
                    size=None)
    return ap


def parse(ap, argv):
    """Return the options of ARGV as AP, a parser(), has them; what was not given is
    taken from BUILD/.config. Raise Refused on anything wrong."""
    split = argv.index("--") if "--" in argv else len(argv)
    o = ap.parse_args(argv[:split])
    o.extra = machine.split_arguments(o.qemu_args) + argv[split + 1:]
    o.forwards = machine.split_ports(o.ports)
    o.net = o.net or bool(o.forwards)
    if o.cmd is not None and not o.cmd.strip():
        raise Refused("--cmd: no program is named: name one, or leave --cmd out")
    o.build = o.build if os.path.isdir(o.build) else None
    data, o.platform = arch.find(o.arch)
    o.emulator, o.console = data["QEMU"], data["CONSOLE"]
    config = arch.read_values(f"{o.build}/.config") if o.build else {}
    o.memory = o.memory or configured(o, config, "QEMU_MEMORY", count, 256)
    o.cpus = o.cpus or configured(o, config, "QEMU_CPUS", count, 1)
    o.machine = o.machine or configured(o, config, "QEMU_MACHINE", machine_type, "auto")
    # pc boots every kernel under TCG as well, and starts sooner than q35
    o.machine = "pc" if o.machine == "auto" else o.machine
    o.own_kernel = not o.kernel and bool(o.build)
    o.kernel = o.kernel or (f"{o.build}/bzImage" if o.build else None)
    if not o.kernel:
        raise Refused("nothing to boot: run `make` first, or give --kernel FILE")
    if o.machine == "microvm" and (o.graphic or o.uefi):
        raise Refused("microvm has neither display nor UEFI: use --machine q35")
    if o.uefi and o.arch != "x86_64":
        raise Refused("--uefi works with --arch x86_64 only")
    o.clock = ("record", o.record) if o.record else ("replay", o.replay) if o.replay else None
    if o.clock:
        count_instructions(o)
    o.drives = machine.split_drives(o.drive)
    o.share = machine.split_share(o) if o.share else None
    return o


def configured(o, config, name, kind, default):
    """Return CONFIG_NAME of BUILD/.config as KIND takes it, or DEFAULT. The file may
    be somebody else's: its values reach QEMU only in the form expected."""
    value = config.get(f"CONFIG_{name}", default)
    try:
        return kind(value)
    except ValueError:
        raise Refused(f"{o.build}/.config: CONFIG_{name}={value}: not a valid value: "
                      "run `make menuconfig`") from None


def count_instructions(o):
    """Set what a run needs whose time counts instructions; refuse what QEMU cannot
    record."""
    given = {"--drive": o.drive, "--share": o.share, "--net": o.net, "--uefi": o.uefi, "--graphic": o.graphic,
             "--accel kvm": o.accel == "kvm"}
    for name, value in given.items():
        if value:
            raise Refused(f"{name}: a run that counts time in instructions cannot have it: "
                          "leave it out")
    o.accel, o.cpus = "tcg", 1
