# SPDX-License-Identifier: Apache-2.0
"""What the kernel says about daemons and about what they left in it."""

import json
from pathlib import Path

CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def capabilities(process):
    """The sets of a process, as numbers, by the names in CAPABILITY_SETS."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {name: int(status[name], 16) for name in CAPABILITY_SETS}


def has_xdp(namespace, interface):
    (link,) = json.loads(namespace.run("ip", "-json", "link", "show", interface).stdout)
    return "xdp" in link


def pins(daemon):
    """Names below its bpffs, without the kernel's own files, which end in .debug."""
    files = [path for path in (daemon.state / "bpf").rglob("*") if path.is_file()]
    return sorted(path.name for path in files if path.suffix != ".debug")


def attachments(daemon):
    """(number of the link, number of its program) by interface."""
    found = {}
    for path in sorted((daemon.state / "bpf").glob("link_*")):
        said = daemon.namespace.run("bpftool", "--json", "link", "show", "pinned", path).stdout
        link = json.loads(said)
        found[path.name.removeprefix("link_")] = (link["id"], link["prog_id"])
    return found


def map_entries(daemon, name):
    """How many entries a pinned map has room for."""
    path = daemon.state / "bpf" / "maps" / name
    said = daemon.namespace.run("bpftool", "--json", "map", "show", "pinned", path).stdout
    return json.loads(said)["max_entries"]
