#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what ctest wrote with --output-junit, for `ops/test`.

junit_report.py FILE...   prints each failed test with its output and each skipped test with its reason, then one
line "N passed, N failed" over all files. Only a test that said itself that it skips is skipped; one that could not
be run (not built, fixture broken) has failed. Exit 1 when a test failed or none ran: silence is not success.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES = 80  # of a failed test that are shown; all of it is in LastTest.log beside the build


def reason_of_skip(output):
    """The text after GoogleTest's "Skipped" line or our scripts' "skipped:", on one line."""
    found = re.search(r"(?:: Skipped\n|skipped: )([^\n]+)", output)
    return found.group(1).strip() if found else "no reason given"


def report(paths, out):
    passed = failed = 0
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name, status = case.get("name"), case.get("status")
            output = case.findtext("system-out") or ""
            if status == "run":
                passed += 1
            elif (case.find("skipped") is not None
                  and (case.find("skipped").get("message") or "").startswith("SKIP_")):
                print(f"skipped {name}: {reason_of_skip(output)}", file=out)
            elif status == "disabled":
                print(f"skipped {name}: disabled", file=out)
            else:
                failed += 1
                lines = output.strip().splitlines()
                print(f"--- FAILED {name} ({path})", *lines[-OUTPUT_LINES:], sep="\n", file=out)
    return passed, failed


def main(paths):
    passed, failed = report(paths, sys.stdout)
    if passed + failed == 0:
        print("no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
