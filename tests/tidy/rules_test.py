#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: each tidy rule can fail. Method: a small good tree that all rules accept; each test breaks one thing in it
and expects that rule, and no other, to say so."""

import os
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(__file__))
import rules  # noqa: E402
from tree import Tree  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "#pragma once\n"
GOOD = {
    "schemas/CMakeLists.txt": "z5_library(schemas)\n",
    "schemas/time.h": HEADER,
    "schemas/limits.h": HEADER + "inline constexpr int kMaxBody = 5;\n",
    "schemas/json.cc": SPDX + "constexpr std::int64_t kMaxSafeInteger = 1;\n",
    "ledger/keys/CMakeLists.txt": "z5_library(ledger/keys LINKS schemas)\n",
    "ledger/keys/note.h": HEADER + '#include "schemas/time.h"\n',
    "tests/unit/schemas/time_test.cc": SPDX + "TEST(Time, Rfc3339) {}\n",
    "tests/unit/ledger/keys/note_test.cc": SPDX + "TEST_F(Note, Signs) {}\n",
    "tests/requirements.tsv": "# comment\nR145\tTime.Rfc3339\nK8\tNote.Signs\n",
}


def broken_rules(changes):
    """Names of the rules that find something in GOOD with `changes` (path: text, None removes)."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in (GOOD | changes).items():
            if text is not None:
                place = pathlib.Path(root, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
        tree = Tree(root)
        return {name for name, rule in rules.RULES.items() if list(rule(tree))}


class Rules(unittest.TestCase):
    def setUp(self):
        # The project's own excuses are not this tree's.
        for excuses, here in ((rules.NO_LIMITS, {("schemas/json.cc", "kMaxSafeInteger"): "2^53"}),
                              (rules.LONG_FILES, {}), (rules.TESTED_ELSEWHERE, {})):
            patch = unittest.mock.patch.dict(excuses, here, clear=True)
            patch.start()
            self.addCleanup(patch.stop)

    def check(self, expected, changes):
        self.assertEqual({expected} if expected else set(), broken_rules(changes))

    def test_good_tree(self):
        self.check(None, {})

    def test_every_rule_is_a_ctest(self):
        text = pathlib.Path(__file__).with_name("CMakeLists.txt").read_text(encoding="utf-8")
        listed = text[text.index("foreach(rule ") + len("foreach(rule "):]
        self.assertEqual(list(rules.RULES), listed[:listed.index(")")].split())

    def test_arrows(self):
        cases = [
            ("schemas/time.cc", "ledger/log/file_log.h"),
            ("ledger/keys/note.cc", "ledger/log/file_log.h"),
            ("ledger/evidence/sigstore/bundle.cc", "ledger/identity/actor.h"),
            ("ledger/chain/seal.cc", "ledger/policy/policy.h"),
            ("ledger/state.cc", "projections/store.h"),
            ("projections/store.cc", "consumers/permit/permit.h"),
            ("consumers/permit/permit.cc", "consumers/feed/feed.h"),
            ("consumers/verify/permit.cc", "consumers/permit/permit.h"),
            ("consumers/feed/feed.cc", "replay/replay.h"),
            ("replay/replay.cc", "consumers/feed/feed.h"),
            ("replay/replay.cc", "tests/support/keys.h"),
            ("ledger/unknown/x.cc", "schemas/time.h"),
        ]
        for path, include in cases:
            self.check("arrows", {path: SPDX + f'#include "{include}"\n'})
        allowed = [
            ("ledger/evidence/sigstore/bundle.cc", "ledger/evidence/der.h"),
            ("ledger/identity/actor.cc", "ledger/evidence/dsse.h"),
            ("ledger/state.cc", "ledger/chain/seal.h"),
            ("consumers/permit/permit.cc", "ledger/policy/policy.h"),
            ("consumers/guard/guard.cc", "consumers/verify/permit.h"),
            ("replay/replay.cc", "projections/store.h"),
            ("tests/unit/schemas/time_test.cc", "consumers/feed/feed.h"),
        ]
        for path, include in allowed:
            text = SPDX + f'#include "{include}"\nTEST(Time, Rfc3339) {{}}\n'
            self.check(None, {path: text})

    def test_circles(self):
        self.check("circles", {
            "projections/trail/a.h": HEADER + '#include "projections/store/b.h"\n',
            "projections/store/b.h": HEADER + '#include "projections/trail/c.h"\n',
        })
        self.check("circles", {
            "schemas/a.h": HEADER + '#include "schemas/b.h"\n',
            "schemas/b.h": HEADER + '#include "schemas/a.h"\n',
        })

    def test_includes_from_root(self):
        for path in ("../schemas/time.h", "./time.h", "time.h"):
            self.check("includes_from_root", {"schemas/time.cc": SPDX + f'#include "{path}"\n'})

    def test_folder_names(self):
        for folder in ("schemas/util", "ops/helpers", "tests/Common", "consumers/core/x"):
            self.check("folder_names", {folder + "/README.md": "x\n"})

    def test_mirror(self):
        self.check("mirror", {"ledger/log/CMakeLists.txt": "z5_library(ledger/log\n  LINKS schemas)\n"})
        self.check("mirror", {"tests/unit/ledger/log/file_log_test.cc": SPDX})
        self.check("mirror", {"tests/unit/ledger/keys/note_test.cc": None,
                              "tests/requirements.tsv": "K8\tTime.Rfc3339\n"})

    def test_length(self):
        self.check(None, {"schemas/time.cc": SPDX + "\n" * (rules.LONGEST - 1)})
        self.check("length", {"schemas/time.cc": SPDX + "\n" * rules.LONGEST})

    def test_licence(self):
        self.check("licence", {"schemas/time.h": "#pragma once\n"})
        self.check("licence", {"ops/run": "#!/bin/sh\n\n\n# SPDX-License-Identifier: Apache-2.0\n"})
        self.check(None, {"tests/fuzz/corpus/x/a.h": "", "ops/README.md": ""})

    def test_pragma_once(self):
        self.check("pragma_once", {"schemas/time.h": SPDX})

    def test_limits(self):
        for line in ("constexpr std::size_t kMaxLines = 64;", "static const int kMaxLines{3};",
                     "inline constexpr auto kMaxWait = 5s;"):
            self.check("limits", {"ledger/keys/note.h": HEADER + line + "\n"})
        self.check(None, {"ledger/keys/note.cc": SPDX + "if (n > limits::kMaxBody) return;\n"})
        self.check("limits", {"schemas/json.cc": None})  # an excuse that excuses nothing

    def test_prose(self):
        for word in rules.BANNED_WORDS:
            self.check("prose", {"README.md": f"A {word.title()} thing\n"})

    def test_registry_hosts(self):
        for host in rules.REGISTRY_HOSTS:
            self.check("registry_hosts", {"ops/package-lock.json": f'"https://{host}/x"\n'})

    def test_requirements(self):
        for line in ("R0\tTime.Rfc3339", "R146\tTime.Rfc3339", "K9\tTime.Rfc3339", "R1 Time.Rfc3339", "R01\tTime.Rfc3339",
                     "R1\tTime.Missing", "R1\tTime", "R1\tTime.Rfc3339\nR1\tTime.Rfc3339"):
            self.check("requirements", {"tests/requirements.tsv": line + "\n"})
        self.check("requirements", {"tests/requirements.tsv": None})
        self.check(None, {"tests/requirements.tsv": "R9\ttidy.arrows\n",
                          "tests/tidy/CMakeLists.txt": "add_test(NAME tidy.arrows COMMAND x)\n"})


if __name__ == "__main__":
    unittest.main()
