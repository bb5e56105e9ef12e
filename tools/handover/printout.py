# SPDX-License-Identifier: GPL-2.0-only
"""The record as text for the terminal."""
import textwrap

WIDTH = 92
LABEL = 10              # columns before a fact


def line(label, text):
    """Return "  label   text", wrapped."""
    return textwrap.fill(text, WIDTH, initial_indent=f"   {label:<{LABEL}}",
                         subsequent_indent=" " * (LABEL + 3), break_long_words=False,
                         break_on_hyphens=False)


def block(label, texts):
    """Return the lines of several facts under one label."""
    return [line(label if n == 0 else "", text) for n, text in enumerate(texts)]


def where(s):
    """Return where the code is in memory."""
    place = s["place"]
    if s["linear"] != s["ip"]:
        place += f" = {s['linear']:#x}"
    if s["physical"] is None:
        memory = "not in memory yet"
    elif s["physical"] == s["linear"]:
        memory = f"in {s['memory']}"
    else:
        memory = f"physical {s['physical']:#x}, in {s['memory']}"
    return f"{place}, {memory}"


def origin(s):
    out = [s["symbol"], s["source"]]
    if s["file"]:
        out.append(f"byte {s['file']['offset']:#x} of {s['file']['name']}")
    return ", ".join(x for x in out if x)


def code(instructions, width):
    """Return lines of "address  bytes  text"."""
    out = []
    for i in instructions:
        ip = f"{i['ip']:04x}" if width == 16 else f"{i['ip']:x}"
        text = i["text"] or "(only bytes: python3-capstone is not installed)"
        out.append(f"{ip}: {i['bytes']:<20} {text}")
    return out or ["cannot be read"]


def beginning(path, image, command_line):
    return "\n".join([f"{path}: Linux {image.release.split(' ')[0]}, boot protocol "
                      f"{image.version >> 8}.{image.version & 255}",
                      line("line", command_line)])


def stop(s, number):
    """Return the text of a stop."""
    bits = " ".join(f"{k}={v}" for k, v in s["bits"].items() if k != "CPL")
    ring = {0: "kernel", 3: "user"}.get(s["cpl"], "neither kernel nor user")
    if not s["bits"]["CR0.PE"]:
        ring = "real mode has no privilege levels"
    out = ["", f"{number}. {s['title']}", line("time", f"{s['ns'] / 1e6:.3f} ms since reset"),
           line("at", where(s))]
    out += [line("code", origin(s))] if origin(s) else []
    out += [line("mode", f"{s['mode']}; {s['paging']}"), line("", bits),
            line("CS", f"{s['cs']['selector']:04x}, base {s['cs']['base']:#x}, CPL {s['cpl']} "
                       f"({ring})")]
    out += block("changed", s["changed"])
    if "filename" in s:
        out += [line("runs", s["filename"]), line("argv", " ".join(map(repr, s["argv"]))),
                line("envp", " ".join(map(repr, s["envp"])))]
    if s.get("loader"):
        out.append(line("runs", f"{s['loader']}, the dynamic loader, comes first: the program "
                        "itself begins at AT_ENTRY"))
    if s.get("page_fault_ns") is not None:
        out.append(line("fetch", "the page was not in memory: the first fetch was a page fault, "
                        f"and the kernel read it in, in {s['page_fault_ns'] / 1e3:.1f} us"))
    return "\n".join(out + block_raw("next", code(s["next"], width(s["bits"]))))


def width(bits):
    return 64 if bits["CS.L"] else 32 if bits["CS.D"] else 16


def block_raw(label, texts):
    """Return the lines of block(), not wrapped."""
    return [f"   {label if n == 0 else '':<{LABEL}}{text}" for n, text in enumerate(texts)]


def started(t):
    if t["failed"]:
        return line("then", "it failed: the kernel tries something else")
    return line("then", f"start_thread: the program will begin at {t['ip']:#x} "
                        f"with its stack at {t['sp']:#x}")


def stack(k, size):
    """Return the text of the stack of a new program, from its top."""
    at, out = k["sp"], ["", f"The stack, as the kernel built it (at {k['sp']:#x}, "
                            f"{k['end'] - k['sp']} bytes to the end of auxv)"]

    def row(text):
        nonlocal at
        out.append(f"   +{at - k['sp']:<#7x} {text}")
        at += size
    row(f"argc       {k['argc']}")
    for name in ("argv", "envp"):
        for n, s in enumerate(k[name]):
            row(f"{name + '[' + str(n) + ']':<10} {s['address']:#x} \"{s['text']}\"")
        row(f"{name + '[' + str(len(k[name])) + ']':<10} NULL")
    for e in k["auxv"]:
        name = e["name"] or f"type {e['type']}"
        row(f"{name:<18} {e['value']:#x}" + (f"  {e['means']}" if e["means"] else ""))
        at += size
    row("AT_NULL")
    return "\n".join(out)


def call(c):
    """Return the text of a system call into the kernel and back."""
    name = c["handler"].split("sys_", 1)[1] if c["handler"] else "of a name unknown here"
    arguments = " ".join(f"{r}={v:#x}" for r, v in c["arguments"].items())
    out = ["", f"The first system call: {name}, number {c['number']}, after "
               f"{c['user_instructions_before']} instructions in user mode",
           line("arguments", f"{arguments} (of these, as many as the call takes)")]
    for n, s in enumerate(c["stages"]):
        name = ", ".join(x for x in (s["symbol"], s["source"]) if x)
        out.append("")
        out += block_raw(f"{n + 1}  CPL {s['cpl']}", [
            f"{s['what']}" + (f": {name}" if name else ""),
            f"ip {s['place']}  sp {s['sp']:#x}  CS {s['cs']:04x}  CR3 {s['cr3']:#x}",
            f"ax {s['ax']:#x}  flags {s['flags']:#x}",
            *code(s["next"], 64)])
    rings = [s["cpl"] for s in c["stages"]]
    turns = [str(r) for n, r in enumerate(rings) if n == 0 or rings[n - 1] != r]
    out += ["", line("privilege", "CPL " + " -> ".join(turns))]
    if c["exit"]:
        out.append(line("way back", f"{c['exit']['text']}"
                        + (f" in {c['exit']['symbol']}" if c["exit"]["symbol"] else "")
                        + f", after {c['kernel_instructions']} instructions in the kernel"))
    a, b = c["stages"][0]["cr3"], c["stages"][2 if len(c["stages"]) > 3 else 1]["cr3"]
    out.append(line("tables", f"the kernel has page tables of its own: CR3 {a:#x} -> {b:#x} "
                    "(page-table isolation)" if a != b else
                    "CR3 stays: user and kernel mode share the page tables"))
    return "\n".join(out)


def crossings(c):
    low, high = c["out_of_kernel"]
    back = str(low) if low == high else f"{low} or {high}"
    span = "second" if c["ns"] == 1_000_000_000 else f"{c['ns'] / 1e6:.3f} ms"
    out = ["", f"The first {span} of PID 1: {c['into_kernel']} times into the kernel, {back} "
               "times back"]
    out += block_raw("", [f"{n:>6}  {what}" for what, n in c["kinds"].items()])
    out.append(line("", f"{c['by_pid1']} of them with the page tables that PID 1 began with."))
    if c["ended"]:
        out.append(line("", f"Then the boot was over: {c['ended']['outcome']}."))
    out.append(line("", "Counted: every entry from CPL 3 through a gate of the interrupt table or "
                        "the entry of system calls, of all processes, in virtual time (1 ns per "
                        "instruction) from the stop at /init on."))
    return "\n".join(out)


def size(n):
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if n >> shift:
            return f"{n / (1 << shift):.4g} {unit}"
    return f"{n} B"


def memory(m):
    """Return the text of the memory map, with what lies in each of its ranges."""
    out = ["", "The memory when the kernel takes over, by the firmware (e820) and as it was found"]
    if "missing" in m:
        return "\n".join([*out, line("", f"not told: {m['missing']}")])

    def row(r, more):
        return f"   {r['start']:>10x}-{r['end'] - 1:<10x} {size(r['end'] - r['start']):>10}  {more}"
    for range_ in m["e820"]:
        out.append(row(range_, range_["name"]))
        out += [row(h, f"  {h['name']}  ({h['stop']})") for h in m["holds"]
                if range_["start"] <= h["start"] < range_["end"]]
    return "\n".join(out)


def processes(p):
    """Return the text of the process tree, with the many kernel threads in rows."""
    out = ["", "The processes at the prompt, read from the kernel's memory"]
    if "missing" in p:
        return "\n".join([*out, line("", f"not told: {p['missing']}")])

    def below(parent, depth):
        leaves = []
        for t in p:
            if t["ppid"] != parent or t["pid"] == parent:
                continue
            if t["kernel"] and not any(x["ppid"] == t["pid"] for x in p):
                leaves.append(f"{t['pid']}\u00a0{t['comm']}")
                continue
            out.append(f"   {'  ' * depth}{t['pid']} {t['comm']}"
                       + ("  (kernel)" if t["kernel"] else ""))
            below(t["pid"], depth + 1)
        if leaves:
            indent = " " * (3 + 2 * depth)
            out.append(textwrap.fill(", ".join(leaves), WIDTH, initial_indent=indent,
                                     subsequent_indent=indent, break_long_words=False,
                                     break_on_hyphens=False).replace("\u00a0", " "))
    out.append(f"   {p[0]['pid']} {p[0]['comm']}  (the idle task)")
    below(0, 1)
    return "\n".join(out)
