# SPDX-License-Identifier: Apache-2.0
"""Faults at random moments under load: each breaks something, waits, mends it, and then commands must be acknowledged
again. One seed, one order of faults; the moments are the machine's."""

import os
import random
import time

from rig import say


class Storm:
    def __init__(self, rig, load, seconds=0, faults=0):
        """Goes on until both have been reached."""
        self.rig, self.load, self.seconds, self.faults = rig, load, seconds, faults
        self.seed = int(os.environ.get("Z5_FAULT_SEED") or random.SystemRandom().randrange(1 << 32))
        self.random = random.Random(self.seed)
        self.counts, self.waits = {}, []

    def run(self, kinds):
        """`kinds`: name → function(storm), each leaves everything running."""
        say(f"seed {self.seed} (Z5_FAULT_SEED)")
        start = time.monotonic()
        while sum(self.counts.values()) < self.faults or time.monotonic() - start < self.seconds:
            self.sleep(0.05, 1.0)
            name = self.random.choice(sorted(kinds))
            kinds[name](self)
            mended = time.monotonic()
            self.load.progress(5, f"acknowledged after {name} (seed {self.seed}, {self.counts})")
            self.waits.append(time.monotonic() - mended)
            self.counts[name] = self.counts.get(name, 0) + 1
        self.waits.sort()
        say(f"{sum(self.counts.values())} faults in {time.monotonic() - start:.0f} s: {self.counts}; acknowledged again after "
            f"{self.waits[len(self.waits) // 2]:.1f} s p50, {self.waits[-1]:.1f} s at most")

    def sleep(self, least, most):
        """A random moment, the only place where time is waited for."""
        time.sleep(self.random.uniform(least, most))
