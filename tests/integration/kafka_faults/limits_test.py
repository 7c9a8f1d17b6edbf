# SPDX-License-Identifier: Apache-2.0
"""Goal: sizes, slowness and clocks. What is as large as it may be arrives whole at every instance; who is slow catches up;
time never goes back in the ledger. Method: real processes on a real broker; the clock by a shim in front of the writer."""

import json
import os
import time
import unittest

from rig import Rig, until

LARGEST = 16 << 20  # limits::kMaxDocument


class Limits(unittest.TestCase):
    def started(self, homes=1, environment=None):
        rig = Rig(homes=homes)
        self.addCleanup(rig.close)
        self.writer, self.permit = rig.start("ledger", environment=environment).ready(), rig.start("permit").ready()
        rig.submit()
        return rig

    def test_the_largest_document(self):
        """Attached on one instance, it is what the next one rests its decisions on."""
        rig = self.started(homes=2)
        sbom = rig.z.papers / "largest.json"
        text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
                           "components": [{"type": "library", "name": "runtime", "version": "1.20.0"}]})
        sbom.write_text(text + " " * (LARGEST - len(text)))
        rig.z.must("attach", "acme/model:1", "--sbom", sbom, "--key", rig.z.key("ci"))
        self.writer.stop()
        second = rig.start("ledger", 1).ready()
        rig.z.must("stage", "acme/model:1", "--key", rig.z.key("release"), home=second.home)
        rig.check(self, [self.permit])

    def test_a_slow_reader(self):
        rig = self.started()
        load = rig.load(clients=4)
        self.permit.pause()
        load.progress(300)
        self.permit.resume()
        until(lambda: self.permit.readiness()[0] == 200, "has caught up")
        rig.check(self, [self.permit])

    def test_a_clock_that_is_set_back(self):
        rig = Rig()
        self.addCleanup(rig.close)
        offset = rig.folder / "offset"
        offset.write_text("0")
        shim = rig.bin / "libkafka_faults_clock.so"
        self.writer = rig.start("ledger", environment={"LD_PRELOAD": str(shim), "Z5_CLOCK_OFFSET": str(offset)}).ready()
        permit = rig.start("permit").ready()
        rig.submit()
        note = ["annotate", "acme/model:1", "a=b", "--key", rig.z.key("ci")]
        for seconds in ("-240", "240"):  # within what a client's clock may be off
            offset.write_text(seconds)
            answer = rig.z.z5(*note)
            self.assertEqual(answer.exit, 3, answer)
            self.assertIn("clock: ", answer.out)
            offset.write_text("0")
            rig.z.must(*note)
        size = len(rig.entries())
        offset.write_text("-3600")
        self.assertEqual(rig.z.z5(*note).rules, ["not-yet-valid"])
        self.assertEqual(len(rig.entries()), size)
        offset.write_text("0")
        until(lambda: rig.z.z5(*note).exit == 0, "the clock is right again")
        rig.check(self, [permit])
