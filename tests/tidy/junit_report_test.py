#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ops/test` cannot be green by not running. Method: reports as ctest 3.25 writes them, one of each kind."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import junit_report  # noqa: E402

OK = '<testcase name="ok" status="run"/>'
SKIPPED = ('<testcase name="s" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
           "<system-out>x_test.cc:5: Skipped\nno broker here\n\n</system-out></testcase>")
BAD = {
    "failed": '<testcase name="f" status="fail"><failure message=""/><system-out>why it failed</system-out></testcase>',
    "missing": '<testcase name="n" status="notrun"><skipped message="Unable to find executable"/></testcase>',
    "fixture": '<testcase name="d" status="notrun"><skipped message="Fixture dependency failed"/></testcase>',
}


def run(*cases):
    """(exit code, lines printed) for one report with these cases."""
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(out):
        path = os.path.join(folder, "report.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("<testsuite>" + "".join(cases) + "</testsuite>")
        code = junit_report.main([path])
    return code, out.getvalue().splitlines()


class Report(unittest.TestCase):
    def test_green(self):
        self.assertEqual((0, ["1 passed, 0 failed"]), run(OK))

    def test_skipped_is_printed_with_its_reason(self):
        self.assertEqual((0, ["skipped s: no broker here", "1 passed, 0 failed"]), run(OK, SKIPPED))

    def test_every_kind_of_failure_counts(self):
        for kind, case in BAD.items():
            code, lines = run(OK, case)
            self.assertEqual((1, "1 passed, 1 failed"), (code, lines[-1]), kind)
        self.assertIn("why it failed", run(BAD["failed"])[1])

    def test_nothing_ran(self):
        self.assertEqual((1, "0 passed, 1 failed"), (run()[0], run()[1][-1]))
        self.assertEqual(1, run(SKIPPED)[0])


if __name__ == "__main__":
    unittest.main()
