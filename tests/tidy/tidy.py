#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py RULE...: checks the project against rules of tests/tidy/rules.py (none named: all). Exit 1 on a finding."""

import pathlib
import sys

from rules import RULES
from tree import Tree


def main(arguments):
    root = pathlib.Path(__file__).resolve().parents[2]
    unknown = [a for a in arguments if a not in RULES]
    if unknown:
        print(f"unknown rules: {' '.join(unknown)}; there are: {' '.join(RULES)}", file=sys.stderr)
        return 2
    tree = Tree(root)
    findings = [f"{name}: {finding}" for name in arguments or RULES for finding in RULES[name](tree)]
    print(*findings, sep="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
