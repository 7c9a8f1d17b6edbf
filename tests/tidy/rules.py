# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a compiler does not check. Each takes a Tree and yields findings, "place: what".

An allow-list here only shrinks: an entry that excuses nothing any more is itself a finding.
"""

import re

from tree import PRODUCT

# --- directions -------------------------------------------------------------------------------------------------
# Who may include whom. A folder below a listed one belongs to it (ledger/evidence/sigstore to ledger/evidence), and
# may see its whole family; circles inside a family are the next rule's matter. Folders of ledger/ are listed one by
# one: a new one needs its line here.
_LOW = ["schemas"]
_GATE = _LOW + ["ledger/keys", "ledger/log", "ledger/policy", "ledger/http"]
_STEPS = _GATE + ["ledger/chain", "ledger/evidence", "ledger/identity"]
_LEDGER = _STEPS + ["ledger/gate"]
ARROWS = {
    "schemas": [],
    "ledger/keys": _LOW,
    "ledger/log": _LOW,
    "ledger/policy": _LOW,
    "ledger/http": _LOW,
    "ledger/chain": _LOW + ["ledger/keys", "ledger/log"],
    "ledger/evidence": _GATE,
    "ledger/identity": _GATE + ["ledger/evidence"],
    "ledger/gate": _STEPS,
    "ledger": _LEDGER,
    "projections": _LEDGER + ["ledger"],
    "replay": _LEDGER + ["ledger", "projections"],
    # Each consumers/<x> is a family of its own; consumers/verify lies below permit, guard and cli.
    "consumers": _LEDGER + ["ledger", "projections", "consumers/verify"],
}


def family(folder):
    """The listed folder that `folder` belongs to, or None."""
    parts = folder.split("/")
    if parts[0] == "consumers":
        return "/".join(parts[:2])
    if parts[0] == "ledger":
        listed = "/".join(parts[:2])
        return listed if listed in ARROWS else None
    return parts[0] if parts[0] in ARROWS else None


def may_include(source, target):
    """True when files of folder `source` may include headers of folder `target`."""
    mine, theirs = family(source), family(target)
    if mine is None or theirs is None:
        return False
    allowed = ARROWS["consumers"] if mine.startswith("consumers") else ARROWS[mine]
    return mine == theirs or theirs in allowed


def _edges(tree):
    for file in tree.files:
        if file.in_product and file.is_cpp:
            for number, path in file.includes():
                yield file, number, path, path.rpartition("/")[0]


def arrows(tree):
    for file, number, path, target in _edges(tree):
        place = f"{file.path}:{number}"
        if family(file.folder) is None:
            yield f"{place}: folder {file.folder} has no line in ARROWS (tests/tidy/rules.py)"
        elif target.split("/")[0] in PRODUCT and not may_include(file.folder, target):
            yield f"{place}: {file.folder} must not see {target} ({path})"
        elif target.split("/")[0] == "tests":
            yield f"{place}: the product includes a test ({path})"


def circles(tree):
    """No folder includes itself through others, and no header does."""
    for what, graph in (("folder", {}), ("header", {})):
        for file, _, path, target in _edges(tree):
            a, b = (file.folder, target) if what == "folder" else (file.path, path)
            if a != b:
                graph.setdefault(a, set()).add(b)
        done = set()

        def visit(node, trail):
            if node in trail:
                yield f"{what}s in a circle: {' -> '.join(trail[trail.index(node):] + [node])}"
            elif node not in done:
                for following in sorted(graph.get(node, ())):
                    yield from visit(following, trail + [node])
                done.add(node)

        for node in sorted(graph):
            yield from visit(node, [])


def includes_from_root(tree):
    for file in tree.files:
        if file.is_cpp:
            for number, path in file.includes():
                if path.startswith(".") or "/" not in path:
                    yield f'{file.path}:{number}: "{path}": include from the root, "folder/header.h"'


# --- names and shape --------------------------------------------------------------------------------------------
BANNED_FOLDERS = {
    "util", "utils", "utility", "utilities", "common", "core", "base", "shared", "helper", "helpers", "misc",
    "manager", "managers", "processor", "processors", "handler", "handlers", "impl",
}


def folder_names(tree):
    for folder in tree.folders():
        for part in folder.split("/"):
            if part.lower() in BANNED_FOLDERS and not folder.startswith("tests/conformance"):
                yield f"{folder}: '{part}' says nothing; a folder is a word of the domain"
                break


# Libraries whose unit tests stand elsewhere, with the reason.
TESTED_ELSEWHERE = {}


def mirror(tree):
    """tests/unit mirrors the tree: a library has tests, and tests have a library."""
    libraries = set()
    for file in tree.files:
        if file.in_product and file.name == "CMakeLists.txt":
            libraries.update(re.findall(r"z5_library\(\s*([\w/-]+)", file.text))
    tests = {f.folder.removeprefix("tests/unit/") for f in tree.files
             if f.folder.startswith("tests/unit/") and f.name.endswith("_test.cc")}
    sources = {f.folder for f in tree.files if f.in_product and f.is_cpp}
    for folder in sorted(libraries - tests - set(TESTED_ELSEWHERE)):
        yield f"{folder}: a library without tests in tests/unit/{folder}/"
    for folder in sorted(tests - sources):
        yield f"tests/unit/{folder}: mirrors no folder of the product"
    for folder in sorted(set(TESTED_ELSEWHERE) & (tests | (set(TESTED_ELSEWHERE) - libraries))):
        yield f"TESTED_ELSEWHERE: {folder} needs no excuse any more"


LONGEST = 500
LONG_FILES = {}  # path: reason


def length(tree):
    for file in tree.files:
        if file.is_source and len(file.lines) > LONGEST and file.path not in LONG_FILES:
            yield f"{file.path}: {len(file.lines)} lines; past {LONGEST} a file asks for a second noun"
    for path in LONG_FILES:
        if tree.get(path) is None or len(tree.get(path).lines) <= LONGEST:
            yield f"LONG_FILES: {path} needs no excuse any more"


def licence(tree):
    for file in tree.files:
        if file.is_source and not any("SPDX-License-Identifier: Apache-2.0" in line for line in file.lines[:3]):
            yield f"{file.path}: no line 'SPDX-License-Identifier: Apache-2.0' among the first three"


def pragma_once(tree):
    for file in tree.files:
        if file.is_cpp and file.name.endswith(".h") and "#pragma once" not in file.lines:
            yield f"{file.path}: no #pragma once"


# Constants that look like limits and are none: facts of a format.
NO_LIMITS = {
    ("ledger/chain/receipt.cc", "kMaxHashes"): "the longest proof of a tree whose size fits 63 bits",
}


def limits(tree):
    seen = set()
    for file in tree.files:
        if file.in_product and file.is_cpp and file.path != "schemas/limits.h":
            for number, line in enumerate(file.lines, 1):
                found = re.search(r"\bconst(?:expr)?\b[^;=(]*\b(kMax\w*)\s*[={]", line)
                if found and (file.path, found.group(1)) in NO_LIMITS:
                    seen.add((file.path, found.group(1)))
                elif found:
                    yield f"{file.path}:{number}: {found.group(1)} belongs into schemas/limits.h"
    for path, name in sorted(set(NO_LIMITS) - seen):
        yield f"NO_LIMITS: {name} in {path} needs no excuse any more"


# --- words ------------------------------------------------------------------------------------------------------
# In pieces, so that this file does not find itself.
BANNED_WORDS = ["block" + "chain", "tamper-" + "proof", "tamper" + "proof"]
REGISTRY_HOSTS = [
    "proxy.golang" + ".org", "sum.golang" + ".org", "py" + "pi.org", "pythonhosted" + ".org",
    "repo1.maven" + ".org", "repo.maven.apache" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org",
    "static.crates" + ".io", "index.crates" + ".io", "crates" + ".io/static",
]


def _words(tree, words, why, captured):
    for file in tree.files:
        if file.is_text and file.name != "LICENSE" and (captured or not file.captured):
            for number, line in enumerate(file.lines, 1):
                for word in words:
                    if word in line.lower():
                        yield f"{file.path}:{number}: '{word}': {why}"


def prose(tree):
    yield from _words(tree, BANNED_WORDS, "say tamper-evident, ledger, hash chain", captured=False)


def registry_hosts(tree):
    why = "a machine's own configuration names its registries; lock files carry digests, not hosts"
    yield from _words(tree, REGISTRY_HOSTS, why, captured=True)


# --- requirements -----------------------------------------------------------------------------------------------
def test_names(tree):
    """Every name that tests/requirements.tsv may use: GoogleTest's Suite.Name, and names given to add_test."""
    names = {"tidy." + rule for rule in RULES}
    for file in tree.files:
        if file.path.startswith("tests/") and file.name.endswith(".cc"):
            for suite, name in re.findall(r"\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", file.text):
                names.add(f"{suite}.{name}")
        if file.name == "CMakeLists.txt":
            names.update(re.findall(r"add_test\(\s*NAME\s+([\w./-]+)", file.text))
            names.update("tidy." + name for name in re.findall(r"^z5_tidy_test\(([\w]+)", file.text, re.MULTILINE))
        if re.fullmatch(r"tests/fuzz/\w+_fuzz\.cc", file.path):
            names.add("fuzz." + file.name.removesuffix("_fuzz.cc"))
    return names


def requirements(tree):
    path = "tests/requirements.tsv"
    table = tree.get(path)
    if table is None:
        yield f"{path}: missing"
        return
    names, seen = test_names(tree), set()
    for number, line in enumerate(table.lines, 1):
        if not line or line.startswith("#"):
            continue
        row, tab, test = line.partition("\t")
        if not tab or not re.fullmatch(r"R([1-9]\d?|1[0-3]\d|14[0-5])|K[1-8]", row):
            yield f"{path}:{number}: not 'R1..R145 or K1..K8, tab, test name': {line!r}"
        elif test not in names:
            yield f"{path}:{number}: no test is called {test}"
        elif line in seen:
            yield f"{path}:{number}: twice"
        seen.add(line)


RULES = {rule.__name__: rule for rule in (
    arrows, circles, includes_from_root, folder_names, mirror, length, licence, pragma_once, limits, prose,
    registry_hosts, requirements)}
