#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the structure of the tree: which folder may include which, file and function sizes, and
the licence line of each file. Prints what is wrong, one line each, and exits 1."""

import re
import subprocess
import sys
from pathlib import Path

# Folders of src/ and the folders whose headers they may include; "abi" is the shared header.
ALLOWED = {
    "util": set(),
    "net": {"util"},
    "netlink": {"net", "util"},
    "model": {"net", "util"},
    "config": {"model", "net", "util"},
    "placement": {"model", "net", "util"},
    "generation": {"placement", "model", "net", "util"},
    "simulate": {"placement", "model", "net", "util"},
    "store": {"generation", "placement", "config", "model", "net", "util"},
    "capture": {"net", "util", "abi"},
    "dataplane": {"placement", "model", "net", "util", "abi"},
    "agent": {"dataplane", "model", "net", "util"},
    "control": {"dataplane", "netlink", "store", "generation", "placement", "model", "net", "util"},
    "api": {"control", "dataplane", "generation", "placement", "config", "model", "net", "util"},
    "cli": {"api", "agent", "capture", "simulate", "control", "store", "dataplane", "config",
            "model", "net", "util", "abi"},
}
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
SIZED = {".h", ".c", ".cpp", ".py", ".sh"}
INCLUDE = re.compile(r'^\s*#include\s+["<]([\w.]+)/([\w./]+)[">]')
LIBBPF = re.compile(r"^\s*#include\s+<bpf/")
LICENCE = re.compile(r"SPDX-License-Identifier: (Apache-2\.0|GPL-2\.0-only OR BSD-2-Clause)")


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout.split("\n")
    return [Path(name) for name in listed if name and Path(name).is_file()]


def check_includes(path, lines):
    parts = path.parts
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        included = found.group(1) if found else None
        if parts[0] == "src" and len(parts) > 2:
            folder = parts[1]
            if included in ALLOWED.keys() | {"abi"} and included != folder \
                    and included not in ALLOWED.get(folder, set()):
                yield f"{path}:{number}: src/{folder} must not include {included}/"
            if LIBBPF.match(line) and folder != "dataplane":
                yield f"{path}:{number}: only src/dataplane knows libbpf"
        if parts[0] == "bpf" and included in ALLOWED:
            yield f"{path}:{number}: bpf/ includes abi/ and nothing of src/"
        if parts[0] == "abi" and included and included not in {"abi", "asm", "linux"}:
            yield f"{path}:{number}: abi/ includes nothing but abi/ and the headers of the kernel"


def check_functions(path, lines):
    """Functions as they are formatted here: a body ends with a brace in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^\S.*[^;]$|^\{", line) and not line.startswith(
                ("#", "//", "/*", " *", "}", "namespace", "struct", "class", "enum", "extern",
                 "template", "union", "using", "typedef")):
            start = number
        elif line.startswith("}"):
            if start and number - start + 1 > FUNCTION_LINES_MAX and line.strip() == "}":
                yield f"{path}:{start}: a function of {number - start + 1} lines"
            start = None
        elif not line.strip() and start and number - start < 2:
            start = None


def check_file(path):
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if not LICENCE.search("\n".join(lines[:4])):
        yield f"{path}: no SPDX-License-Identifier in the first lines"
    if len(lines) > FILE_LINES_MAX:
        yield f"{path}: {len(lines)} lines, at most {FILE_LINES_MAX}"
    yield from check_includes(path, lines)
    if path.suffix in {".cpp", ".c", ".h"}:
        yield from check_functions(path, lines)


def main():
    problems = [problem for path in tracked_files() if path.suffix in SIZED
                for problem in check_file(path)]
    print("\n".join(problems) if problems else "structure: in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
