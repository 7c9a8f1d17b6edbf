# SPDX-License-Identifier: Apache-2.0
"""Goal: kill -9 of any process at any moment loses, doubles and reorders nothing that was acknowledged, and the others go
on. Method: real processes and a real broker under load; the oracle of rig.py."""

import unittest

from rig import LONG, Rig
from storm import Storm


class Kills(unittest.TestCase):
    def test_kills(self):
        with Rig() as rig:
            writer = rig.start("ledger").ready()
            permit = rig.start("permit").ready()
            rig.submit()
            load = rig.load(pause_ms=40 if LONG else 0)

            def restart(service):
                def fault(storm):
                    service.kill()
                    storm.sleep(0, 0.5)
                    service.start().ready()
                return fault

            def kill_broker(_):
                rig.broker.kill()
                rig.broker.start()

            Storm(rig, load, LONG, 100 if LONG else 10).run(
                {"writer": restart(writer), "permit": restart(permit), "broker": kill_broker})
            rig.check(self, [permit])
