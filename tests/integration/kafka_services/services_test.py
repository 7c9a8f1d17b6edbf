#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: on Kafka one of several z5-ledger is elected, another takes over when it ends, nothing acknowledged is lost or
doubled, and a command is the same command whether HTTP or a topic brings it.
Method: a real broker; two instances of one ledger as processes, each with a home of its own, ended with SIGTERM and
SIGKILL; commands signed once and sent several ways.
Usage: services_test.py BIN"""

import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
from installation import ROOT, Installation  # noqa: E402
from topic import consume, produce  # noqa: E402

REF = "acme/model:1"
PATIENCE = 90  # seconds; the machine may be busy


def broker(*arguments):
    return subprocess.run([ROOT / "ops/kafka/broker", *arguments], check=True, capture_output=True, text=True).stdout


def until(what, condition, seconds=PATIENCE):
    """What the condition gave, once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(0.05)


class Service:
    """One z5-ledger process over one or more homes."""

    def __init__(self, *homes):
        self.homes = homes
        for home in homes:
            (home / "run" / "ledger.json").unlink(missing_ok=True)
        arguments = [word for home in homes for word in ("--home", str(home))]
        self.process = subprocess.Popen([BIN / "z5-ledger", *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def port(self, home=None):
        path = (home or self.homes[0]) / "run" / "ledger.json"
        return until(f"{path}", lambda: path.exists() and json.loads(path.read_text()))["port"]

    def url(self):
        return f"http://127.0.0.1:{self.port()}"

    def ask(self, method, path, body=None, home=None):
        """(status, document or text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(home), timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, json.loads(text) if text.startswith("{") else text
        finally:
            connection.close()

    def readiness(self, home=None):
        try:
            status, answer = self.ask("GET", "/readyz", home=home)
        except OSError:
            return "no answer"
        return "ready" if status == 200 else answer["error"]["message"]

    def wait_ready(self, home=None):
        until(f"ready: {self.homes}", lambda: self.readiness(home) == "ready" or self.dead())
        return self

    def wait_standby(self, leader):
        until("standing by", lambda: self.readiness() == f"standby: {leader.url()} writes this ledger now")
        return self

    def dead(self):
        if self.process.poll() is not None:
            raise AssertionError(f"z5-ledger ended with {self.process.returncode}: {self.process.stderr.read()}")

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.process.stderr.close()
        return code


def setUpModule():
    global TEMPORARY, BROKERS, KAFKA
    TEMPORARY = tempfile.TemporaryDirectory(prefix="z5-kafka-")
    KAFKA = os.environ.get("Z5_KAFKA_DATA") or f"{TEMPORARY.name}/broker"
    BROKERS = broker("up", "--data", KAFKA).strip()


def tearDownModule():
    if "Z5_KAFKA_DATA" not in os.environ:
        broker("down", "--data", KAFKA)
    TEMPORARY.cleanup()


class Ledger(unittest.TestCase):
    """A ledger of its own on Kafka for each class, with one version in it: `self.z`, and `self.other`, a second home."""

    @classmethod
    def setUpClass(cls):
        cls.running = []
        cls.id = f"t{os.getpid()}-{cls.__name__.lower()}"
        cls.z = Installation(f"{TEMPORARY.name}/{cls.__name__}", BIN)
        cls.init(cls.id, cls.z.home)
        cls.other = cls.z.folder / "other"
        shutil.copytree(cls.z.home, cls.other)
        shutil.rmtree(cls.other / "evidence")  # it comes out of Kafka

    @classmethod
    def init(cls, ledger, home):
        made = cls.z.z5("init", "--ledger", ledger, "--actors", cls.z.keys / "actors.toml", "--log", "kafka", "--brokers",
                        BROKERS, home=home)
        assert made.exit == 0, made

    @classmethod
    def start(cls, *homes):
        service = Service(*homes)
        cls.running.append(service)
        return service

    @classmethod
    def tearDownClass(cls):
        for service in cls.running:
            service.end()

    @classmethod
    def submit(cls):
        cls.z.must("submit", REF, "--key", cls.z.key("ci"), "--model", cls.z.model, *cls.z.evidence())

    def note(self, name):
        """An annotation, signed and kept: (file, the request's bytes)."""
        path, _ = self.z.keep(name, "annotate", REF, f"note={name}", "--key", self.z.key("ci"))
        return path, path.read_bytes().strip()


class Election(Ledger):
    def test_one_writes_the_other_takes_over(self):
        first = self.start(self.z.home).wait_ready()
        self.submit()
        path, request = self.note("one")
        sent = self.z.must("send", path).json

        second = self.start(self.other).wait_standby(first)
        status, answer = second.ask("POST", "/v1/commands", request)
        self.assertEqual(status, 503, answer)
        self.assertEqual(answer["leader"], first.url())
        self.assertEqual(answer["refusal"][0]["rule"], "standby")

        # z5 follows to a leader that its own configuration knows, and to no other.
        refused = self.z.z5("send", path, home=self.other)
        self.assertEqual(refused.exit, 3, refused)
        self.assertIn(first.url(), refused.err)
        self.name_peers(self.other, "http://127.0.0.1:1")
        self.assertEqual(self.z.z5("send", path, home=self.other).exit, 3)
        self.name_peers(self.other, first.url())
        self.assertEqual(self.z.must("send", path, home=self.other).json["sequence"], sent["sequence"])

        # SIGTERM: the other one is elected at once, and knows what was done.
        self.assertEqual(first.end(), 0)
        second.wait_ready()
        status, answer = second.ask("POST", "/v1/commands", request)
        self.assertEqual((status, answer["sequence"], answer["entry_hash"]), (201, sent["sequence"], sent["entry_hash"]))

        # SIGKILL in the middle of commands: what was acknowledged stands, the rest has its first outcome too.
        first = self.start(self.z.home).wait_standby(second)
        self.name_peers(self.z.home, second.url())
        requests = [self.note(f"storm-{i}")[1] for i in range(12)]
        acknowledged = {}
        storm = threading.Thread(target=self.storm, args=(second, requests, acknowledged))
        storm.start()
        until("some were acknowledged", lambda: len(acknowledged) > 2)
        killed = time.monotonic()
        second.end(signal.SIGKILL)
        storm.join()
        first.wait_ready()
        print(f"took over {time.monotonic() - killed:.1f} s after SIGKILL", file=sys.stderr)
        outcomes = [first.ask("POST", "/v1/commands", request) for request in requests]
        self.assertEqual({status for status, _ in outcomes}, {201}, outcomes)
        sequences = [answer["sequence"] for _, answer in outcomes]
        self.assertEqual(len(set(sequences)), len(requests))
        for i, sequence in acknowledged.items():
            self.assertEqual(sequences[i], sequence)

    @staticmethod
    def storm(service, requests, acknowledged):
        for i, request in enumerate(requests):
            try:
                status, answer = service.ask("POST", "/v1/commands", request)
            except (OSError, http.client.HTTPException):
                return
            if status == 201:
                acknowledged[i] = answer["sequence"]

    @staticmethod
    def name_peers(home, url):
        config = (home / "config.toml").read_text()
        lines = [line for line in config.splitlines() if not line.startswith("peers")]
        lines.insert(lines.index("[ledger]") + 1, f'peers = "{url}"')
        (home / "config.toml").write_text("\n".join(lines) + "\n")


class Topics(Ledger):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start(cls.z.home).wait_ready()
        cls.submit()

    def topic(self, name):
        return f"z5.{self.id}.{name}"

    def by_topic(self, *arguments):
        return self.z.z5("--via", "kafka", *arguments)

    def test_a_command_is_the_same_however_it_comes(self):
        for name, ways in (("topic-first", ("kafka", "http")), ("http-first", ("http", "kafka"))):
            path, _ = self.note(name)
            first, again = (self.z.must("--via", way, "send", path).json for way in ways)
            self.assertEqual((first["sequence"], first["entry_hash"]), (again["sequence"], again["entry_hash"]))
        refused = self.z.keep("refused", "revoke", REF, "--reason", "poisoned-data", "--key", self.z.key("ci"))[0]
        by_http, by_topic = self.z.z5("send", refused), self.by_topic("send", refused)
        self.assertEqual((by_http.exit, by_http.rules), (by_topic.exit, by_topic.rules))
        self.assertEqual(by_topic.exit, 1, by_topic)
        self.z.must("keygen", "--out", self.z.keys / "stranger")
        unsigned = self.z.folder / "stranger.bundle"
        unsigned.write_text(json.dumps(self.z.sign(self.z.statement(refused), "stranger")))
        by_http, by_topic = self.z.z5("send", unsigned), self.by_topic("send", unsigned)
        self.assertEqual((by_http.exit, by_http.rules), (by_topic.exit, by_topic.rules))
        dry = self.by_topic("submit", REF, "--key", self.z.key("ci"), "--model", self.z.model, "--dry-run")
        self.assertEqual(dry.exit, 1, dry)

    def test_what_is_no_command_is_a_dead_letter(self):
        bodies = [b"", b"\xff\xfe", b'{"command": 1}', b"x" * 3_000_000]
        produce(self.topic("commands"), BROKERS, *bodies)
        path, request = self.note("after-the-dead")
        produce(self.topic("commands"), BROKERS, request)
        digest = "sha256:" + hashlib.sha256(request).hexdigest()
        outcomes = consume(self.topic("outcomes"), BROKERS,
                           lambda found: any(json.loads(value)["request"] == digest for _, value in found))
        keys = [("sha256:" + hashlib.sha256(body).hexdigest()).encode() for body in bodies]
        dead = consume(self.topic("commands.dead"), BROKERS, lambda found: set(keys) <= {key for key, _ in found})
        for key in keys:
            letters = [json.loads(value) for each, value in dead if each == key]
            self.assertEqual([letter["status"] for letter in letters], [400], dead)
            self.assertEqual(letters[0]["answer"]["refusal"][0]["rule"], "request-malformed")
        self.assertTrue(all(len(value) < 2_000 for _, value in dead))
        by_topic = next(json.loads(value) for _, value in outcomes if json.loads(value)["request"] == digest)
        self.assertEqual(by_topic["status"], 201)
        self.assertEqual(self.z.must("send", path).json["sequence"], by_topic["answer"]["sequence"])


class SeveralLedgers(Ledger):
    def test_one_process_serves_each_on_its_own(self):
        second = self.z.folder / "second"
        self.init(f"{self.id}-2", second)
        service = self.start(self.z.home, second)
        for home in (self.z.home, second):
            service.wait_ready(home)
        self.assertNotEqual(service.port(self.z.home), service.port(second))
        self.submit()
        again = self.z.z5("submit", REF, "--key", self.z.key("ci"), "--model", self.z.model, *self.z.evidence(),
                          home=second)
        self.assertEqual(again.exit, 0, again)
        self.assertEqual(service.end(), 0)

        (second / "trust.json").write_bytes((self.z.home / "trust.json").read_bytes())
        service = self.start(self.z.home, second)
        service.wait_ready(self.z.home)
        # The other one is there to say why it is not.
        until("an end", lambda: "elected" not in service.readiness(second))
        self.assertIn("of another ledger", service.readiness(second))
        self.assertTrue(self.z.z5("status").json["services"][0]["ready"])
        self.assertEqual(service.end(), 2)

    def test_init_does_not_overwrite(self):
        again = self.z.z5("init", "--ledger", self.id, "--actors", self.z.keys / "actors.toml", "--log", "kafka",
                          "--brokers", BROKERS, home=self.z.folder / "third")
        self.assertEqual(again.exit, 2, again)
        self.assertIn("never overwrites", again.err)
        self.assertFalse((self.z.folder / "third" / "trust.json").exists())


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
