#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs fault tests: run.py BIN FILE… [-k PATTERN]. Files of one run share one broker. With Z5_LONG=1 each storm goes on
for Z5_FAULT_SECONDS (default 600)."""

import pathlib
import sys
import unittest

import rig

if __name__ == "__main__":
    rig.BIN = pathlib.Path(sys.argv[1]).resolve()
    files = [word.removesuffix(".py") for word in sys.argv[2:] if word.endswith("_test.py")]
    rest = [word for word in sys.argv[2:] if not word.endswith("_test.py")]
    try:
        unittest.main(module=None, argv=["run.py", *rest, *files], verbosity=2)
    finally:
        rig.end_brokers()
