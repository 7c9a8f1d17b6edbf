# SPDX-License-Identifier: Apache-2.0
"""Goal: there is one writer whatever its instances and the cluster do; takeovers lose and double nothing and come to an
end. Method: two instances of one ledger, killed, paused and let go on, under load."""

import time
import unittest

from rig import LONG, Rig, say, until
from storm import Storm


def pair(case):
    """Two instances of a ledger with a version in it."""
    rig = Rig(homes=2)
    case.addCleanup(rig.close)
    rig.instances = [rig.start("ledger", 0).ready(), rig.start("ledger", 1)]
    rig.submit()
    return rig


def leader(rig):
    """The instance that writes; waits until there is one."""
    return until(lambda: next((each for each in rig.instances if each.alive and each.role() == "leader"), None),
                 f"a leader: {[(each.alive, each.role()) for each in rig.instances]}")


class Writers(unittest.TestCase):
    def test_takeovers(self):
        """Kill -9 of the writer: how long until somebody else acknowledges."""
        rig = pair(self)
        load = rig.load(clients=4, pause_ms=20)
        waits = []
        for _ in range(30 if LONG else 1):
            load.progress(10)
            victim = leader(rig)
            other = rig.instances[1 - rig.instances.index(victim)]
            until(lambda: other.role() == "standby", "the other stands by")
            killed, clock = time.monotonic_ns(), time.time()
            victim.kill()
            port = other.port()
            first = until(lambda: next((line for line in load.acknowledged() if line["answered"] > killed
                                        and line["port"] == port), None), "somebody takes over")
            waits.append((first["answered"] - killed) / 1e9)
            say(f"after {waits[-1]:.1f} s; " + ", ".join(
                f"{what} after {at - clock:.1f} s" for what, at in other.events() if at > clock))
            victim.start()
        rig.check(self)
        waits.sort()
        say(f"acknowledged by another {waits[len(waits) // 2]:.1f} s p50, {waits[-1]:.1f} s at most after kill -9, {len(waits)} kills")

    def test_a_writer_that_sleeps(self):
        """SIGSTOP until another leads, SIGCONT: what it still had in hand is fenced."""
        rig = pair(self)
        load = rig.load(clients=4, patience_ms=1000)

        def sleep(storm):
            sleeper = leader(rig)
            sleeper.pause()
            others = [each for each in rig.instances if each is not sleeper]
            try:
                until(lambda: any(each.role() == "leader" for each in others), "another leads")
                storm.sleep(0, 1)
            finally:
                sleeper.resume()

        def doze(storm):
            """Shorter than the group's patience."""
            sleeper = storm.random.choice(rig.instances)
            sleeper.pause()
            storm.sleep(0.1, 4)
            sleeper.resume()

        def doze_broker(storm):
            rig.broker.verb("pause-broker", 1)
            storm.sleep(0.1, 12)
            rig.broker.verb("resume-broker", 1)

        def fence(_):
            rig.stranger("fence", identity="writer")

        kinds = {"sleep": sleep, "doze": doze, "broker": doze_broker, "fence": fence} if LONG else {"sleep": sleep, "fence": fence}
        Storm(rig, load, LONG, 3).run(kinds)
        rig.check(self)

    def test_an_instance_that_was_started_twice(self):
        """The second of one home would write over the notes of the first."""
        rig = pair(self)
        load = rig.load(clients=2)
        twin = rig.start("ledger", 0)
        self.assertEqual(twin.ended(), 3, twin.said())
        self.assertIn("another z5-ledger serves this home", twin.err.read_text())
        load.progress(20)
        rig.check(self)
