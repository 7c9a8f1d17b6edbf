#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""format.py [--fix]: every C++ file is as clang-format 23.1.3 with .clang-format writes it. Skipped (77) without it."""

import pathlib
import subprocess
import sys

from tree import Tree


def main(arguments):
    root = pathlib.Path(__file__).resolve().parents[2]
    program = root / "build/venv/bin/clang-format"
    if not program.exists():
        print("skipped: no build/venv/bin/clang-format; ops/setup --python installs it")
        return 77
    files = [f.path for f in Tree(root).files if f.is_cpp]
    mode = ["-i"] if "--fix" in arguments else ["--dry-run", "-Werror"]
    run = subprocess.run([program, *mode, *files], cwd=root, text=True, capture_output=True, check=False)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "-Wclang-format" in line})
    print(*wrong, sep="\n")
    if run.returncode and not wrong:
        print(run.stderr)
    if run.returncode:
        print(f"{len(wrong)} files are not formatted; tests/tidy/format.py --fix")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
