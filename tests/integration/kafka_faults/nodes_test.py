# SPDX-License-Identifier: Apache-2.0
"""Goal: with three brokers one may be lost, killed or cut off, and the ledger goes on; with two lost nothing is
acknowledged, and nothing is lost when they are back. Method: three real nodes, each in a network namespace where there
can be one; the node that leads the ledger's partition is killed, or cut off from everybody while it lives."""

import time
import unittest

from network import why_not
from rig import LONG, Rig, say
from storm import Storm


class Nodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reason = why_not()

    def storm(self, kinds, faults):
        rig = Rig(nodes=3, homes=2, separated=self.reason is None)
        self.addCleanup(rig.close)
        rig.start("ledger", 0).ready()
        rig.start("ledger", 1)
        permit = rig.start("permit").ready()
        rig.submit()
        load = rig.load(clients=4, pause_ms=20 if LONG else 0)
        Storm(rig, load, LONG, faults).run(kinds)
        rig.check(self, [permit])

    def test_nodes_that_are_killed(self):
        def one(storm):
            node = storm.rig.partition_leader()
            storm.rig.broker.kill(node)
            storm.load.progress(20, f"two nodes go on without {node} (seed {storm.seed})")
            storm.rig.broker.start(node)

        def two(storm):
            node = storm.rig.partition_leader()
            pair = [node, node % 3 + 1]
            for each in pair:
                storm.rig.broker.kill(each)
            before = len(storm.load.acknowledged())
            storm.sleep(3, 30)
            # What was on its way to both in-sync replicas may still have been told.
            self.assertLessEqual(len(storm.load.acknowledged()), before + 8, "acknowledged by one of three")
            for each in pair:
                storm.rig.broker.start(each)

        self.storm({"one": one, "two": two}, 2)

    def test_a_leader_that_is_cut_off(self):
        if self.reason:
            self.skipTest(self.reason)

        def cut(storm):
            node = storm.rig.partition_leader()
            storm.rig.broker.network.cut(node)
            try:
                storm.load.progress(20, f"two nodes go on without {node} (seed {storm.seed})")
                storm.sleep(0, 20)
            finally:
                storm.rig.broker.network.mend(node)

        self.storm({"cut": cut}, 2)


class Outage(unittest.TestCase):
    def test_a_broker_that_is_away_for_longer_than_a_message_may_wait(self):
        rig = Rig(homes=2)
        self.addCleanup(rig.close)
        rig.start("ledger", 0).ready()
        rig.start("ledger", 1)
        permit = rig.start("permit").ready()
        rig.submit()
        load = rig.load(clients=4, pause_ms=20 if LONG else 0)
        load.progress(50)
        rig.broker.kill()
        time.sleep(30)
        start = time.monotonic()
        rig.broker.start()
        load.progress(50)
        say(f"50 acknowledged {time.monotonic() - start:.1f} s after the broker was started again")
        rig.check(self, [permit])
