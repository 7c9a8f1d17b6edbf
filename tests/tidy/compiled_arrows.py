#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compiled_arrows.py BUILD: an include against the arrows does not compile.

Asks the real compiler, with each folder's own command line out of BUILD/compile_commands.json, which headers of the
product it can see, and compares with ARROWS. Proves that it can fail: each folder must see its own headers, and an
include against the arrows must end in the compiler's "No such file".
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys

from rules import may_include
from tree import PRODUCT, Tree


def preprocess(command, directory, source):
    """The compiler's exit code, standard output and messages for `source` with the include paths of `command`."""
    words, kept = shlex.split(command), []
    while words and not words[0].endswith(("c++", "g++", "clang++", "c++-12", "g++-12")):
        words.pop(0)  # the compiler cache
    arguments = iter(words[1:])
    for word in arguments:
        if word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            next(arguments)
        elif word not in ("-MD", "-MMD"):
            kept.append(word)
    run = subprocess.run([words[0], *kept, "-E", "-P", "-x", "c++", "-"], input=source, cwd=directory, text=True,
                         capture_output=True, check=False)
    return run.returncode, run.stdout, run.stderr


def main(build):
    root = pathlib.Path(__file__).resolve().parents[2]
    tree = Tree(root)
    headers = [f for f in tree.files if f.in_product and f.is_cpp and f.name.endswith(".h")]
    commands = {}  # folder: (command, directory)
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text(encoding="utf-8")):
        folder = os.path.relpath(os.path.dirname(entry["file"]), root)
        # A program's main links more than its folder's library may see.
        if folder.split("/")[0] in PRODUCT and not entry["file"].endswith("main.cc"):
            commands.setdefault(folder, (entry["command"], entry["directory"]))

    findings, refused = [], 0
    for folder, (command, directory) in sorted(commands.items()):
        probe = "".join(f'#if __has_include("{h.path}")\nvisible {h.path}\n#endif\n' for h in headers)
        code, output, messages = preprocess(command, directory, probe)
        if code:
            findings.append(f"{folder}: the probe does not preprocess: {messages}")
            continue
        visible = {line.removeprefix("visible ") for line in output.splitlines() if line.startswith("visible ")}
        for header in headers:
            if header.path in visible and not may_include(folder, header.folder):
                findings.append(f"{folder} sees {header.path}: its CMakeLists.txt links what ARROWS forbids")
            if header.folder == folder and header.path not in visible:
                findings.append(f"{folder} does not see its own {header.path}: the probe is broken")
        hidden = next((h for h in headers if not may_include(folder, h.folder)), None)
        if hidden is not None and hidden.path not in visible:
            code, _, messages = preprocess(command, directory, f'#include "{hidden.path}"\n')
            if code == 0 or "No such file" not in messages:
                findings.append(f"{folder}: #include \"{hidden.path}\" did not fail: {messages}")
            refused += 1
    if not commands:
        findings.append(f"{build}/compile_commands.json names no folder of the product")
    if not refused:
        findings.append("no include against the arrows was tried")
    print(*findings, f"{len(commands)} folders asked, {refused} forbidden includes refused", sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
