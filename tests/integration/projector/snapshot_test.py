# SPDX-License-Identifier: Apache-2.0
"""Goal: z5-projector makes a snapshot that a new replica begins from, and says by its exit status what is wrong with
one. Method: a ledger made by `z5 init`, whose genesis enrols the signing key; honest and changed copies; SIGKILL while
one is taken."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
ACTORS = pathlib.Path("ops/examples/actors.toml").resolve()


class Snapshot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="z5-snapshot-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.environment = {**os.environ, "Z5_HOME": str(cls.folder / "home")}
        text = ACTORS.read_text()
        (cls.folder / "actors.toml").write_text(text)
        for key in re.findall(r'^\s*key\s*=\s*"([^"]+)\.pub"', text, re.MULTILINE):
            cls.must("z5", "keygen", "--out", cls.folder / key)
        cls.must("z5", "init", "--ledger", "snap", "--actors", cls.folder / "actors.toml")

    @classmethod
    def run_program(cls, program, *arguments):
        return subprocess.run([BIN / program, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                              env=cls.environment, check=False)

    @classmethod
    def must(cls, *arguments):
        done = cls.run_program(*arguments)
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def taken(self, name):
        self.must("z5-projector", "snapshot", "--out", self.folder / name)
        return self.folder / name

    def begin(self, snapshot, state, *more):
        return self.run_program("z5-projector", "build", "--snapshot", snapshot, "--state", self.folder / state,
                                "--json", *more)

    def test_a_replica_begins_and_is_verified(self):
        snapshot = self.taken("honest")
        begun = self.begin(snapshot, "replica")
        self.assertEqual(begun.returncode, 0, begun.stderr)
        self.assertIs(json.loads(begun.stdout)["verified"], False)
        replayed = self.must("z5-projector", "replay", "--state", self.folder / "replica", "--json")
        self.assertIs(json.loads(replayed)["verified"], True)
        self.assertIs(json.loads(self.must("z5-projector", "status", "--state", self.folder / "replica",
                                           "--json"))["verified"], True)
        self.assertFalse((self.folder / "replica.snapshot").exists())

    def test_lies_have_names(self):
        snapshot = self.taken("source")
        pinned = self.begin(snapshot, "a", "--snapshot-key", self.folder / "home/keys/feed.pub")
        self.assertEqual(pinned.returncode, 4)
        self.assertIn("not signed by a key whose snapshots count", pinned.stderr)
        cut = self.folder / "cut"
        shutil.copytree(snapshot, cut)
        next((cut / "store").glob("*.sst")).unlink()
        refused = self.begin(cut, "b")
        self.assertEqual(refused.returncode, 4)
        self.assertIn("truncated: store/", refused.stderr)
        self.assertEqual(self.begin(self.folder / "none", "c").returncode, 2)
        again = self.run_program("z5-projector", "snapshot", "--out", snapshot)
        self.assertEqual(again.returncode, 2, again.stderr)

    def test_a_kill_leaves_none_or_a_whole_one(self):
        target = self.folder / "killed"
        for milliseconds in (0, 5, 10, 20, 40, 80, 160, 320):
            taking = subprocess.Popen([BIN / "z5-projector", "snapshot", "--out", target], env=self.environment,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(milliseconds / 1000)
            taking.kill()
            taking.wait()
            if target.exists():
                self.assertEqual(self.begin(target, f"killed-{milliseconds}").returncode, 0)
                shutil.rmtree(target)
        self.taken("killed")
        self.assertFalse((self.folder / "killed.partial").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
