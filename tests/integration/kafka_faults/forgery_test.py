# SPDX-License-Identifier: Apache-2.0
"""Goal: what somebody with rights on the topic does to it is noticed by every reader and by the writer, named, and never
counted. Method: a Kafka client that is not ours, against running services."""

import base64
import unittest

from rig import Rig, Stranger, until


class Forgery(unittest.TestCase):
    def started(self):
        rig = Rig()
        self.addCleanup(rig.close)
        self.rig = rig
        self.writer, self.permit = rig.start("ledger").ready(), rig.start("permit").ready()
        rig.submit()
        return rig

    def all_say(self, *names):
        """Writer, permit service and auditor end with 4 and name it."""
        for service in (self.writer, self.permit):
            self.assertEqual(service.ended(), 4, service.said())
        said = [self.writer.said(), self.permit.said(), self.audit()]
        for text in said:
            for name in names:
                self.assertIn(name, text)

    def audit(self, exit_status=4, *words):
        answer = self.rig.replay("verify", "--chain", *words)
        self.assertEqual(answer.exit, exit_status, answer)
        return answer.err

    def test_an_alien_record(self):
        rig = self.started()
        load = rig.load(clients=4)
        load.progress(50)
        (offset,) = rig.stranger("append", stdin=b"not a record")
        self.all_say(rig.topic, f"offset {offset}")
        good = [entry for entry in rig.entries() if entry["offset"] < offset]
        hashes = {entry["entry_hash"] for entry in good}
        lost = [line for line in load.stop() if "sequence" in line and line["entry_hash"] not in hashes]
        self.assertEqual(lost[:3], [], f"{len(lost)} were acknowledged behind it")

    def test_a_repeated_record(self):
        rig = self.started()
        last = rig.stranger("read")[-1]
        rig.stranger("append", "--transaction", "commit", stdin=base64.b64decode(last["value"]))
        self.assertEqual(self.permit.ended(), 4, self.permit.said())
        self.writer.kill()
        self.writer.start()
        self.all_say(f"entry {rig.entries()[-1]['sequence'] + 1}: ")

    def test_what_was_aborted_is_never_counted(self):
        rig = self.started()
        last = rig.stranger("read")[-1]
        before = rig.entries()
        rig.stranger("append", "--transaction", "abort", stdin=base64.b64decode(last["value"]))
        self.assertEqual(rig.entries(), before)
        self.assertGreater(len(rig.entries("--uncommitted")), len(before), "the broker holds it")
        rig.load(clients=2).progress(20)
        rig.check(self, [self.permit])

    def test_a_stranger_that_leaves_a_transaction_open(self):
        rig = self.started()
        load = rig.load(clients=2)
        load.progress(20)
        rig.stranger("append", "--transaction", "open", stdin=b"never committed")
        load.progress(20, "acknowledged once the broker ended it")
        rig.check(self, [self.permit])

    def test_a_stranger_that_takes_the_writers_place(self):
        rig = self.started()
        load = rig.load(clients=2)
        load.progress(20)
        for _ in range(3):
            rig.stranger("fence", identity="writer")
            load.progress(20)
        rig.check(self, [self.permit])

    def test_a_truncated_topic(self):
        rig = self.started()
        self.permit.stop()
        load = rig.load(clients=2)
        load.progress(20)
        load.stop()
        self.writer.stop()
        rig.stranger("truncate", rig.entries()[-3]["offset"])
        until(lambda: rig.entries()[0]["offset"] > 0, "truncated")
        for service in (self.writer, self.permit):
            service.start()
        self.all_say("is not in the topic any more")

    def test_a_topic_that_was_deleted_and_made_again(self):
        rig = self.started()
        genesis = rig.folder / "genesis"
        genesis_size = 1 + next(entry["sequence"] for entry in rig.entries() if entry["sealed"])
        self.assertEqual(rig.replay("export", genesis, "--size", genesis_size).exit, 0)
        rig.stranger("delete")
        until(lambda: self.permit.readiness()[0] == 503, "nobody is permitted any more")
        self.permit.stop()
        self.permit.start()
        self.assertEqual(self.permit.ended(), 4, self.permit.said())
        self.assertIn("the topic is gone", self.permit.said())
        self.writer.stop()
        self.writer.start()
        self.assertEqual(self.writer.ended(), 3, "it makes no topic")
        self.audit(3)
        made = rig.replay("mirror", genesis, "--to", rig.log, log=False)  # the same ledger, but less of it
        self.assertEqual(made.exit, 0, made)
        self.writer.start()
        self.permit.start()
        for service in (self.writer, self.permit):
            self.assertEqual(service.ended(), 4, service.said())
        self.audit(4, "--checkpoint", rig.z.home / "ledger" / "checkpoint")
        self.audit(0)  # without a checkpoint nobody could tell

    def test_a_message_out_of_size(self):
        rig = self.started()
        with self.assertRaisesRegex(Stranger, "(?i)size|large"):
            rig.stranger("append", stdin=b"x" * (9 << 20))
        rig.load(clients=2).progress(20)
        rig.check(self, [self.permit])
