# SPDX-License-Identifier: Apache-2.0
"""A ledger on a real Kafka whose processes a test may kill, pause and start again; clients that send without pause;
and the oracle: what must be true afterwards, whatever happened. Ends only processes that it started."""

import base64
import contextlib
import datetime
import hashlib
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent / "cli"))
from installation import Installation  # noqa: E402
from network import Network  # noqa: E402

REF = "acme/model:1"
PATIENCE = 300  # seconds for what takes one on a quiet machine: others may be busy on it
LONG = float(os.environ.get("Z5_FAULT_SECONDS", "600")) if os.environ.get("Z5_LONG") else 0.0  # seconds of a storm
BIN = None  # folder of the programs; run.py says it
_brokers = {}


def broker(nodes=1, separated=False):
    """The one of that many nodes that all tests of this run share; with Z5_KAFKA_DATA the one of that folder."""
    if nodes not in _brokers:
        folder = (os.environ.get("Z5_KAFKA_DATA") if nodes == 1 else None) or tempfile.mkdtemp(prefix=f"z5-faults-kafka-{nodes}-")
        _brokers[nodes] = Broker(folder, nodes, Network(f"z{os.getpid() % 10000}") if separated else None)
    return _brokers[nodes]


def end_brokers():
    for each in _brokers.values():
        if str(each.data) == os.environ.get("Z5_KAFKA_DATA"):
            continue
        each.down()
        shutil.rmtree(each.data, ignore_errors=True)
    _brokers.clear()


def until(condition, what, seconds=PATIENCE):
    """Waits for a condition; its value. A test never waits for time to pass instead."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def found(document, name):
    """The value of that name, wherever it stands in a document; None where it does not."""
    if isinstance(document, dict):
        if name in document:
            return document[name]
        return next((value for each in document.values() if (value := found(each, name)) is not None), None)
    return None


def say(text):
    print(text, file=sys.stderr, flush=True)


class Stranger(Exception):
    """Kafka did not let somebody do something."""


class Broker:
    """ops/kafka/broker over a folder of its own; in a network of namespaces when one is given."""

    def __init__(self, folder, nodes=1, network=None):
        self.data, self.network = pathlib.Path(folder), network
        try:
            self.verb("up", "--nodes", str(nodes))
        except BaseException:
            self.down()
            shutil.rmtree(self.data, ignore_errors=True)
            raise
        text = self.properties.read_text()
        self.bootstrap = re.search(r"bootstrap\.servers=(\S+)", text).group(1)

    @property
    def properties(self):
        return self.data / "client.properties"

    def verb(self, *words):
        program, environment = ROOT / "ops/kafka/broker", dict(os.environ)
        if self.network:
            program, environment["Z5_NETWORK"] = HERE / "network.py", f"{self.network.prefix}/{self.network.net}"
        done = subprocess.run([sys.executable, program, *map(str, words), "--data", self.data], capture_output=True,
                              timeout=900, stdin=subprocess.DEVNULL, env=environment, check=False)
        assert done.returncode == 0, f"broker {words}: {done.stderr.decode()}"
        return done.stdout.decode()

    def kill(self, node=1):
        self.verb("kill-broker", node)

    def start(self, node=1):
        self.verb("start-broker", node)

    def down(self):
        self.verb("down")
        if self.network:
            self.network.remove()


class Service:
    """One z5-<name> of one home."""

    def __init__(self, rig, name, home, environment=None):
        self.name, self.home, self.rig = name, home, rig
        self.environment = {**os.environ, **(environment or {})}
        self.err = home / "logs" / f"{name}.err"
        self.process = None
        self.start()

    def start(self):
        assert self.process is None or self.process.poll() is not None
        self.err.parent.mkdir(exist_ok=True)
        with open(self.err, "ab") as out:
            self.process = subprocess.Popen([self.rig.bin / f"z5-{self.name}", "--home", self.home], stdout=out,
                                            stderr=out, stdin=subprocess.DEVNULL, env=self.environment)
        return self

    @property
    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.alive:
            self.resume()
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def ended(self, seconds=PATIENCE):
        """Its exit status, when it ended by itself."""
        return self.process.wait(seconds)

    def port(self):
        """Of this process; None until it serves."""
        with contextlib.suppress(OSError, ValueError):
            note = json.loads((self.home / "run" / f"{self.name}.json").read_text())
            if note["pid"] == self.process.pid:
                return note["port"]
        return None

    def get(self, path, method="GET", body=None, timeout=30, headers=None):
        """(status, text); (0, why) without an answer."""
        port = self.port()
        if port is None:
            return 0, "does not serve"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as why:
            return 0, str(why)
        finally:
            connection.close()

    def readiness(self):
        return self.get("/readyz")

    def ready(self, seconds=PATIENCE):
        def now():
            assert self.alive, f"z5-{self.name} ended, {self.process.returncode}: {self.said()}"
            return self.readiness()[0] == 200
        until(now, f"z5-{self.name} of {self.home.name} is ready ({self.readiness()}, {self.said()})", seconds)
        return self

    def role(self):
        """leader, standby, or why neither."""
        status, text = self.readiness()
        return "leader" if status == 200 else "standby" if "standby: " in text else text

    def events(self):
        """(message, seconds since the epoch) of its log."""
        lines = (self.home / "logs" / f"{self.name}.log").read_text().splitlines()
        return [(line["message"], datetime.datetime.fromisoformat(line["time"]).timestamp())
                for line in map(json.loads, lines)]

    def said(self):
        """The end of what it wrote."""
        log = self.home / "logs" / f"{self.name}.log"
        return "".join(path.read_text(errors="replace")[-3000:] for path in (self.err, log) if path.exists())


class Load:
    """Clients that send without pause. `outcomes()` is what they know."""

    def __init__(self, rig, clients=8, pause_ms=0, patience_ms=5000, name="load"):
        self.rig = rig
        self.out = rig.folder / f"{name}.jsonl"
        homes = [word for home in rig.homes for word in ("--home", home)]
        self.process = subprocess.Popen(
            [rig.bin / "kafka_faults_load", *homes, "--key", rig.z.key("ci"), "--ref", REF, "--model",
             rig.z.model_digest(), "--revoker", rig.z.key("rob"), rig.z.key("rae"), "--out", self.out, "--clients", str(clients), "--pause-ms", str(pause_ms),
             "--patience-ms", str(patience_ms)], stdin=subprocess.DEVNULL)

    def outcomes(self):
        """The lines that are whole."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in self.out.read_text().splitlines(True) if line.endswith("\n")]
        return []

    def acknowledged(self):
        return [line for line in self.outcomes() if "sequence" in line]

    def progress(self, more=20, what="commands are acknowledged", seconds=PATIENCE):
        """Waits until that many more are acknowledged."""
        assert self.process.poll() is None
        before = len(self.acknowledged())
        try:
            until(lambda: len(self.acknowledged()) >= before + more, what, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.rig.describe()}") from None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        return self.outcomes()


class Rig:
    """A ledger of its own on a broker, and as many homes as instances of its services."""

    numbers = itertools.count(1)

    def __init__(self, nodes=1, homes=1, separated=False, serving=None):
        self.bin = BIN
        self.broker = broker(nodes, separated)
        self.ledger = f"t{os.getpid()}-{next(Rig.numbers)}"
        self.temporary = tempfile.TemporaryDirectory(prefix="z5-faults-")
        self.folder = pathlib.Path(self.temporary.name)
        self.services, self.loads = [], []
        try:
            self.z = Installation(self.folder / "z5", self.bin)
            self.homes = [self.z.home]
            self.enroll("rae", 'kind = "person"\nperson = "rae"\nuse = "command"\nroles = ["revoker@acme"]')
            if serving:
                self.enroll(serving, 'kind = "workload"\nuse = "serving"\nroles = ["serving@acme"]\n'
                            f'audience = "test"\nenvironment = "{serving}"')
            self.init()
            self.homes += [self.clone(number) for number in range(1, homes)]
        except BaseException:
            self.close()
            raise

    @property
    def topic(self):
        return f"z5.{self.ledger}.entries"

    @property
    def log(self):
        return f"kafka:{self.broker.bootstrap}/{self.ledger}"

    def enroll(self, name, what):
        """An actor more, before the ledger is made."""
        self.z.must("keygen", "--out", self.z.keys / name)
        with open(self.z.keys / "actors.toml", "a", encoding="utf-8") as actors:
            actors.write(f'\n[[actor]]\nid = "{name}"\nkey = "{name}.pub"\n{what}\n')

    def init(self):
        made = self.z.z5("init", "--ledger", self.ledger, "--actors", self.z.keys / "actors.toml", "--log", "kafka",
                         "--brokers", self.broker.bootstrap)
        assert made.exit == 0, made
        config = self.z.home / "config.toml"
        text = re.sub(r"commands_per_minute = \d+", "commands_per_minute = 1000000000", config.read_text())
        config.write_text(re.sub(r"(?m)^port = \d+", "port = 0", text))

    def clone(self, number):
        """Another instance's home: the same ledger and keys; state and evidence are its own."""
        home = self.folder / f"home-{number}"
        shutil.copytree(self.z.home, home, ignore=shutil.ignore_patterns("run", "logs", "state", "heads", "evidence"))
        return home

    def start(self, name, home=0, environment=None):
        service = Service(self, name, self.homes[home], environment)
        self.services.append(service)
        return service

    def submit(self):
        self.z.must("submit", REF, "--key", self.z.key("ci"), "--model", self.z.model, *self.z.evidence())

    def load(self, **options):
        load = Load(self, name=f"load-{len(self.loads)}", **options)
        self.loads.append(load)
        return load

    # --- what stands in Kafka
    def stranger(self, verb, *words, topic=None, stdin=b"", identity="stranger"):
        """What somebody with a Kafka client of their own does; the documents that it prints."""
        done = subprocess.run([self.bin / "kafka_faults_topic", "--properties", self.broker.properties,
                               "--transactional-id", f"z5.{self.ledger}.{identity}", verb, topic or self.topic,
                               *map(str, words)], input=stdin, capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            raise Stranger(done.stderr.decode())
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def partition_leader(self):
        return until(lambda: [node for node in self.stranger("leader") if node > 0], "the topic has a leader")[0]

    def entries(self, *words):
        return self.stranger("read", "--entries", *words)

    def replay(self, verb, *words, log=True):
        """z5-replay over the ledger on Kafka; its answer."""
        source = ["--log", self.log] if log else []
        return self.z.run("z5-replay", verb, *words, *source, "--kafka", self.z.home / "config.toml", "--trust",
                          self.z.home / "trust.json")

    # --- the end
    def check(self, case, services=()):
        """The oracle. `services`: the feed, whose streams must equal the ledger; others, whose read models must equal a
        rebuild."""
        outcomes = [line for load in self.loads for line in load.stop()]
        refused = [line for line in outcomes if "refused" in line]
        case.assertEqual(refused[:3], [], f"{len(refused)} good commands were refused")
        entries = self.entries()
        case.assertEqual([entry["sequence"] for entry in entries], list(range(len(entries))), "dense, in order")
        by_command = {}
        for entry in entries:
            if "command_id" in entry:
                by_command.setdefault(entry["command_id"], []).append(entry)
        twice = [found for found in by_command.values() if len(found) > 1]
        case.assertEqual(twice[:3], [], f"{len(twice)} commands stand in the ledger twice")
        acknowledged = [line for line in outcomes if "sequence" in line]
        for line in acknowledged:
            found = by_command.get(line["command_id"])
            case.assertIsNotNone(found, f"acknowledged and lost: {line}")
            case.assertEqual((found[0]["sequence"], found[0]["entry_hash"]), (line["sequence"], line["entry_hash"]))
        times = [entry["recorded_at"] for entry in entries]
        case.assertEqual(times, sorted(times), "time went back")
        verified = self.replay("verify", "--full")
        case.assertEqual(verified.exit, 0, verified)
        for service in services:
            if service.name == "feed":
                self.check_streams(case)
            else:
                self.check_state(case, service)
        unknown = sum("unknown" in line for line in outcomes)
        say(f"{case.id().rpartition('.')[2]}: {len(entries)} entries, {len(acknowledged)} acknowledged, "
            f"{sum(line['tries'] > 1 for line in acknowledged)} of them sent again, {unknown} without an answer")
        return entries

    def check_state(self, case, service):
        size = len(self.entries())
        if service.alive:  # has read everything before it is stopped
            service.ready()
            until(lambda: self.holds(service, size), f"z5-{service.name} has read {size} entries")
        service.stop()
        compared = self.replay("rebuild", "--compare", "--state", service.home / "state" / service.name / "store")
        case.assertEqual(compared.exit, 0, compared)

    def holds(self, service, size):
        token = (service.home / "tokens" / "local").read_text().strip()
        status, _ = service.get(f"/v1/versions/acme/model/1?min_sequence={size - 1}",
                                headers={"Authorization": f"Bearer {token}"})
        return status == 200

    def check_streams(self, case):
        """z5-feed told of each event once, in order, with the entry's own bytes."""
        told_of = {"promotions": {"VersionStaged", "VersionPromoted", "RolledBack"}, "releases": {"ReleasePublished"},
                   "revocations": {"VersionRevoked", "VersionQuarantined", "QuarantineLifted", "CachePurgeRequested"}}
        told_of["soc"] = set().union(*told_of.values())
        entries = self.entries()
        for stream, events in told_of.items():
            expected = [(entry["sequence"], entry["entry_hash"]) for entry in entries if entry["event"] in events]
            topic = f"z5.{self.ledger}.{stream}"
            until(lambda: len(self.told(topic)) >= len(expected), f"{topic} tells of {len(expected)} events")
            case.assertEqual(self.told(topic), expected, topic)

    def told(self, topic):
        """(sequence, entry hash computed from the body) of each event in a stream."""
        events = []
        for message in self.stranger("read", topic=topic):
            if message["headers"]["ce_type"] != "z5.heartbeat.v1":
                body = base64.b64decode(found(json.loads(base64.b64decode(message["value"])), "body"))
                events.append((int(message["headers"]["ce_id"].split("/")[1]),
                               "sha256:" + hashlib.sha256(b"\0" + body).hexdigest()))
        return events

    def describe(self):
        """How everybody is, for a test that failed."""
        return "\n".join(f"z5-{each.name} of {each.home.name}: {each.process.poll()}, {each.role()}\n{each.said()}"
                         for each in self.services)

    def close(self):
        for load in self.loads:
            if load.process.poll() is None:
                load.process.kill()
                load.process.wait()
        for service in self.services:
            if service.alive:
                service.kill()
        self.temporary.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
