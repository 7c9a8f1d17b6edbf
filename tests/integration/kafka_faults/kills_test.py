# SPDX-License-Identifier: Apache-2.0
"""Goal: kill -9 of any process at any moment loses, doubles and reorders nothing that was acknowledged, and the others go
on. Method: real processes and a real broker under load; the oracle of rig.py."""

import subprocess
import unittest

from rig import LONG, Rig
from storm import Storm


class Kills(unittest.TestCase):
    def test_kills(self):
        rig = Rig(homes=2)
        self.addCleanup(rig.close)
        writers = [rig.start("ledger", 0).ready(), rig.start("ledger", 1)]
        permit, feed = rig.start("permit").ready(), rig.start("feed")
        rig.submit()
        load = rig.load(clients=8, pause_ms=40 if LONG else 0)

        def kill(service, storm):
            service.kill()
            storm.sleep(0, 1)
            service.start()

        def kill_one_who(role):
            def fault(storm):
                found = [each for each in writers if each.role() == role]
                kill(storm.random.choice(found or writers), storm)
            return fault

        def kill_permit(storm):
            kill(permit, storm)
            permit.ready()

        def kill_feed(storm):
            kill(feed, storm)

        def kill_projector(storm):
            """While it builds a store, which the next one goes on with."""
            process = subprocess.Popen([rig.bin / "z5-projector", "build", "--home", rig.z.home],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            storm.sleep(0, 1.5)
            process.kill()
            process.wait()

        def kill_broker(_):
            rig.broker.kill()
            rig.broker.start()

        kinds = {"writer": kill_one_who("leader"), "standby": kill_one_who("standby"), "permit": kill_permit,
                 "feed": kill_feed, "projector": kill_projector, "broker": kill_broker}
        Storm(rig, load, LONG, 100 if LONG else 8).run(kinds)
        load.stop()
        built = rig.z.run("z5-projector", "build", "--home", rig.z.home)
        self.assertEqual(built.exit, 0, built)
        compared = rig.replay("rebuild", "--compare", "--state", rig.z.home / "state" / "projector")
        self.assertEqual(compared.exit, 0, compared)
        rig.check(self, [permit, feed])
