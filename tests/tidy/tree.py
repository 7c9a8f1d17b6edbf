# SPDX-License-Identifier: Apache-2.0
"""The project's files as the tidy rules see them."""

import os
import pathlib
import re

PRODUCT = ("schemas", "ledger", "projections", "consumers", "replay")
NOT_OURS = {".git", "build", "__pycache__", "node_modules"}
# Captured bytes of other people, kept as they came: no style, no prose rules.
CAPTURED = {"vectors", "corpus", "fixtures", "golden", "testdata"}


class File:
    """One file: path relative to the root, text (bytes that are not UTF-8 replaced), and what it is."""

    def __init__(self, root, path):
        self.path = path
        self.folder = os.path.dirname(path)
        self.name = os.path.basename(path)
        self.raw = pathlib.Path(root, path).read_bytes()
        self.text = self.raw.decode("utf-8", "replace")
        self.lines = self.text.splitlines()
        self.captured = bool(CAPTURED & set(path.split("/")[:-1]))

    @property
    def is_text(self):
        return b"\0" not in self.raw

    @property
    def is_cpp(self):
        return self.name.endswith((".h", ".cc")) and not self.captured

    @property
    def is_source(self):
        """Somebody wrote it by hand in a language: it carries a licence line."""
        return not self.captured and (
            self.name.endswith((".h", ".cc", ".fbs", ".py", ".go", ".rego", ".js", ".sh", ".java"))
            or self.raw.startswith(b"#!")
        )

    @property
    def in_product(self):
        return self.path.split("/")[0] in PRODUCT

    def includes(self):
        """(line number, path) of each #include with quotes."""
        for number, line in enumerate(self.lines, 1):
            found = re.match(r'\s*#\s*include\s+"([^"]*)"', line)
            if found:
                yield number, found.group(1)


class Tree:
    """All files under a root, sorted; builds, caches and git's own apart."""

    def __init__(self, root):
        self.root = str(root)
        self.files = []
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(n for n in names if n not in NOT_OURS)
            for name in sorted(files):
                full = os.path.join(folder, name)
                if os.path.isfile(full) and not os.path.islink(full):
                    self.files.append(File(self.root, os.path.relpath(full, self.root)))

    def folders(self):
        return sorted({f.folder for f in self.files})

    def get(self, path):
        return next((f for f in self.files if f.path == path), None)
