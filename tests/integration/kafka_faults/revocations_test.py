# SPDX-License-Identifier: Apache-2.0
"""Goal: a permit is refused at once after its revocation was acknowledged, with the ledger on Kafka. Method: versions
that a canary host may load, each revoked while its permits are asked for without pause; the figure is from the
acknowledgement to the first refusal. In the default run it only has to come; its bound is for a quiet machine."""

import http.client
import json
import os
import time
import unittest

from rig import LONG, Rig, say

COUNT = 200 if LONG else 5


class Kept:
    """One kept connection to a service."""

    def __init__(self, service, headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port(), timeout=60)
        self.headers = {"Content-Type": "application/json", **(headers or {})}

    def post(self, path, body):
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


class Revocations(unittest.TestCase):
    def test_a_revocation_reaches_the_next_permit(self):
        rig = Rig(serving="canary")
        self.addCleanup(rig.close)
        writer, permit = rig.start("ledger").ready(), rig.start("permit").ready()
        flags = rig.z.evidence()
        refs = [f"acme/model:{number}" for number in range(COUNT)]
        for ref in refs:
            rig.z.must("submit", ref, "--key", rig.z.key("ci"), "--model", rig.z.model, *flags)
            rig.z.must("stage", ref, "--key", rig.z.key("release"))
        requests = [rig.z.keep(f"revoke-{i}", "revoke", ref, "--reason", "test", "--key", rig.z.key("rob"))[0].read_text()
                    for i, ref in enumerate(refs)]
        policy = rig.z.must("policy", "show").json["registry"]
        token = (rig.z.home / "tokens" / "canary").read_text().strip()
        commands, permits = Kept(writer), Kept(permit, {"Authorization": f"Bearer {token}"})
        self.addCleanup(commands.connection.close)
        self.addCleanup(permits.connection.close)
        waits = []
        for ref, request in zip(refs, requests):
            ask = json.dumps({"model": ref, "runtime": {"policy_digests": [policy]}, "nonce": os.urandom(16).hex()})
            status, text = permits.post("/v1/permits", ask)
            self.assertEqual(status, 200, text)
            status, text = commands.post("/v1/commands", request)
            self.assertEqual(status, 201, text)
            start = time.monotonic()
            while (answer := permits.post("/v1/permits", ask))[0] == 200:
                self.assertLess(time.monotonic() - start, 60, "still permitted")
            waits.append((time.monotonic() - start) * 1000)
            self.assertEqual(answer[0], 403, answer)
            self.assertIn(b"revoked", answer[1])
        waits.sort()
        say(f"acknowledged to refused: {waits[len(waits) // 2]:.1f} ms p50, {waits[int(len(waits) * 0.99)]:.1f} ms p99, "
            f"{waits[-1]:.1f} ms at most, {len(waits)} revocations")
        rig.check(self, [permit])
