#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows a Z5 ledger's streams and believes nobody: not the feed, not the broker.

Every event is checked against the ledger that trust.json pins: the entry's hash is computed again from its body, the
receipt must prove that hash to be in a checkpoint that a pinned ledger key signed, and previous_in_stream must name the
event before it. Heartbeats, signed by the feed's key, name the last event of a stream: so a withheld event shows, and so
does silence. One line an event. Needs confluent-kafka, cloudevents and cryptography, no part of Z5.

Exit: 0 everything up to the end is right · 2 usage · 3 no broker, no topic, or a stream that is silent · 4 the first lie.
"""

import argparse
import base64
import datetime
import hashlib
import json
import pathlib
import struct
import sys

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

TYPES = {
    "promotions": ("z5.promotion.v1", {"VersionStaged", "VersionPromoted", "RolledBack"}),
    "releases": ("z5.release_published.v1", {"ReleasePublished"}),
    "revocations": ("z5.revocation.v1", {"VersionRevoked", "VersionQuarantined", "QuarantineLifted",
                                         "CachePurgeRequested", "CachePurgeAcknowledged", "CachePurgeOverdue"}),
}
HEARTBEAT = "z5.heartbeat.v1"
ANSWER_SECONDS = 30


class Lie(Exception):
    """What was read cannot come from an honest feed over an honest ledger."""


class Silence(Exception):
    """Nothing is wrong with what is there; something ought to be there."""


def claim(holds, why):
    if not holds:
        raise Lie(why)


# --- the ledger: signed notes, receipts -------------------------------------------------------------------------
def signed_by(key, message, signature):
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


def note_key_id(name, key):
    """C2SP signed-note: the four bytes by which a signature line says whose it is."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:4]


class Trust:
    """trust.json: the ledger's name, and whose checkpoints count for which sizes."""

    def __init__(self, path):
        trust = json.loads(pathlib.Path(path).read_text())
        self.origin, self.genesis = trust["origin"], trust["genesis"]
        self.keys = [(serialization.load_der_public_key(base64.b64decode(key["key"])), int(key["first_size"]),
                      key.get("last_size")) for key in trust["keys"]]
        self.roots = {}  # size -> root, of every checkpoint seen: a ledger has one history

    def checkpoint(self, note):
        """(size, root) of a checkpoint that a ledger key signed."""
        text, blank, lines = note.partition("\n\n")
        claim(blank, "checkpoint: no signatures")
        text += "\n"
        parts = text.split("\n")
        claim(len(parts) == 4 and parts[0] == self.origin and parts[1].isdecimal(), "checkpoint: not of this ledger")
        size, root = int(parts[1]), base64.b64decode(parts[2], validate=True)
        claim(any(self._line_holds(line, text, size) for line in lines.splitlines()),
              f"checkpoint of {size}: no key of trust.json signed it")
        return self.seen(size, root)

    def _line_holds(self, line, text, size):
        for key, first, last in self.keys:
            head = f"— {self.origin} "
            if size < first or (last is not None and size >= int(last)) or not line.startswith(head):
                continue
            blob = base64.b64decode(line[len(head):], validate=True)
            if blob[:4] == note_key_id(self.origin, key) and signed_by(key, text.encode(), blob[4:]):
                return True
        return False

    def seen(self, size, root):
        claim(self.roots.setdefault(size, root) == root, f"two roots at size {size}: two histories")
        return size, root


def root_of_inclusion(leaf, index, size, proof):
    """RFC 9162 section 2.1.3.2."""
    claim(index < size, "receipt: index is not below the checkpoint's size")
    fn, sn, node = index, size - 1, leaf
    for hash_ in proof:
        claim(sn > 0, "receipt: too many hashes")
        if fn & 1 or fn == sn:
            node = hashlib.sha256(b"\x01" + hash_ + node).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + hash_).digest()
        fn, sn = fn >> 1, sn >> 1
    claim(sn == 0, "receipt: too few hashes")
    return node


def check_receipt(trust, receipt, index, leaf):
    """A C2SP tlog-proof of `leaf` as entry number `index`."""
    head, blank, note = receipt.partition("\n\n")
    lines = head.split("\n")
    claim(blank and lines[:2] == ["c2sp.org/tlog-proof@v1", f"index {index}"], "receipt: not of this entry")
    size, root = trust.checkpoint(note)
    proof = [base64.b64decode(line, validate=True) for line in lines[2:]]
    claim(root_of_inclusion(leaf, index, size, proof) == root, "receipt: the checkpoint does not hold this entry")
    return note


# --- the entry's body: the few fields of the FlatBuffer that an event is about -------------------------------------
class Table:
    """A FlatBuffers table, read by hand: no schema compiler needed for a handful of fields."""

    def __init__(self, body, at):
        self.body, self.at = body, at
        vtable = at - struct.unpack_from("<i", body, at)[0]
        size = struct.unpack_from("<H", body, vtable)[0]
        self.fields = struct.unpack_from(f"<{(size - 4) // 2}H", body, vtable + 4)

    def _place(self, field):
        offset = self.fields[field] if field < len(self.fields) else 0
        return self.at + offset if offset else None

    def number(self, field, form):
        place = self._place(field)
        return 0 if place is None else struct.unpack_from("<" + form, self.body, place)[0]

    def target(self, field):
        place = self._place(field)
        return None if place is None else place + struct.unpack_from("<I", self.body, place)[0]

    def text(self, field):
        place = self.target(field)
        if place is None:
            return ""
        size = struct.unpack_from("<I", self.body, place)[0]
        return self.body[place + 4:place + 4 + size].decode()


# Position in the union Event of schemas/entry.fbs, counted from 1.
UNION = {13: "VersionStaged", 16: "VersionPromoted", 18: "VersionQuarantined", 19: "QuarantineLifted",
         20: "VersionRevoked", 21: "RolledBack", 22: "CachePurgeAcknowledged", 28: "ReleasePublished",
         29: "CachePurgeRequested", 32: "CachePurgeOverdue"}


def read_body(body):
    """(sequence, recorded_at, actor, event, ref) as the ledger's bytes say them."""
    try:
        entry = Table(body, struct.unpack_from("<I", body)[0])
        event = UNION.get(entry.number(8, "B"))
        claim(event, "body: an event that no stream tells of")
        ref = Table(body, entry.target(9)).text(1 if event == "RolledBack" else 0)
        return entry.number(1, "Q"), entry.number(3, "q"), entry.text(6), event, ref
    except (struct.error, TypeError, UnicodeDecodeError) as problem:
        raise Lie(f"body: not an entry: {problem}") from problem


# --- the streams -----------------------------------------------------------------------------------------------------
def when(text):
    """An RFC 3339 time, to the microsecond."""
    return datetime.datetime.fromisoformat(text)


class Stream:
    """One stream from its first message: what came, and whether it may be believed."""

    def __init__(self, name, trust, services):
        self.name, self.trust, self.services = name, trust, services
        self.type, self.events = TYPES[name]
        self.last = None  # sequence of the last event
        self.size = 0  # entries that the newest heartbeat knew
        self.next_by = None

    def take(self, headers, key, value):
        event = from_binary(KafkaMessage(headers=dict(headers), key=key, value=value), JSONFormat())
        data = event.get_data()
        claim(isinstance(data, dict), "data: no JSON object")
        claim(event.get_source() == f"urn:z5:ledger:{self.trust.origin}", "ce_source: another ledger")
        if event.get_type() == HEARTBEAT:
            return self._heartbeat(data)
        claim(event.get_type() == self.type, f"ce_type: {event.get_type()} in {self.name}")
        return self._event(event, data)

    def _event(self, event, data):
        body = base64.b64decode(data["body"], validate=True)
        leaf = hashlib.sha256(b"\x00" + body).digest()
        sequence, recorded_at, actor, name, ref = read_body(body)
        claim(data["entry_hash"] == "sha256:" + leaf.hex(), "entry_hash: not the body's")
        claim(data["sequence"] == sequence, "sequence: not the body's")
        claim((data["event"], data["ref"], data["actor"]) == (name, ref, actor), "event, ref or actor: not the body's")
        claim(when(data["recorded_at"]) == datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
              + datetime.timedelta(microseconds=recorded_at // 1000), "recorded_at: not the body's")
        claim(event.get_id() == f"{self.trust.genesis[7:23]}/{sequence}", "ce_id: not of this entry")
        claim(event.get_subject() == ref, "ce_subject: not the body's")
        claim(name in self.events, f"{name} in {self.name}")
        claim(check_receipt(self.trust, data["receipt"], sequence, leaf) == data["checkpoint"],
              "checkpoint: not the receipt's")
        claim(data["previous_in_stream"] == self.last,
              f"previous_in_stream: entry {sequence} stands behind {data['previous_in_stream']}, here came {self.last}")
        claim(self.last is None or sequence > self.last, f"entry {sequence} came after {self.last}")
        # The feed told: everything before `size` is in the stream. What comes later must be later.
        claim(sequence >= self.size, f"entry {sequence} comes after a heartbeat that had read {self.size}")
        self.last = sequence
        return f"{self.name} {sequence} {name} {ref} {actor} {data['recorded_at']}"

    def _heartbeat(self, data):
        envelope = data["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
        kind = envelope["payloadType"]
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        claim(kind == "application/vnd.in-toto+json" and len(envelope["signatures"]) == 1
              and any(signed_by(key, signed, signature) for key in self.services), "heartbeat: not signed by the feed")
        statement = json.loads(payload)
        beat = statement["predicate"]
        claim(statement["predicateType"] == "urn:z5:heartbeat:v1" and beat["stream"] == self.name
              and beat["ledger"] == {"origin": self.trust.origin, "genesis": self.trust.genesis},
              "heartbeat: of another stream")
        last = int(beat["last"]) if beat["last"] else None
        claim(last == self.last, f"withheld: the heartbeat names entry {last} as the last one, here came {self.last}")
        size = int(beat["seen"]["size"])
        claim(size >= self.size, f"heartbeat: had read {self.size} entries before, now {size}")
        self.trust.seen(size, bytes.fromhex(beat["seen"]["root"][7:]))
        self.size, self.next_by = size, when(beat["next_by"])
        return None

    def check_silence(self, now):
        if self.next_by is None:
            raise Silence(f"{self.name}: no heartbeat yet: nothing says that this is all")
        if now > self.next_by:
            raise Silence(f"{self.name}: silent: a heartbeat was due by {self.next_by.isoformat()}")


class Follower:
    """All streams of a ledger, from their first message."""

    def __init__(self, settings, ledger, streams):
        self.streams = {f"z5.{ledger}.{stream.name}": stream for stream in streams}
        self.consumer = Consumer({**settings, "group.id": f"z5.{ledger}.z9", "enable.auto.commit": False,
                                  "isolation.level": "read_committed", "enable.partition.eof": True,
                                  "auto.offset.reset": "error", "log_level": 0})
        ends = {}
        for topic in self.streams:
            partition = TopicPartition(topic, 0)
            low, ends[topic] = self.consumer.get_watermark_offsets(partition, timeout=ANSWER_SECONDS)
            claim(low == 0, f"{topic}: begins at offset {low}: what came before is gone")
        self.ends = ends
        self.consumer.assign([TopicPartition(topic, 0, 0) for topic in self.streams])

    def run(self, follow):
        open_topics = set(self.streams)
        while follow or open_topics:
            message = self.consumer.poll(ANSWER_SECONDS if not follow else 1)
            if message is None:
                if not follow:
                    raise Silence(f"{', '.join(sorted(open_topics))}: nothing came for {ANSWER_SECONDS} s")
            elif message.error() is None:
                self._take(message)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                if message.offset() >= self.ends[message.topic()]:
                    open_topics.discard(message.topic())
            else:
                raise KafkaException(message.error())
            if follow and not open_topics:
                self.check_silence()
        self.check_silence()

    def _take(self, message):
        stream = self.streams[message.topic()]
        try:
            line = stream.take(message.headers() or [], message.key(), message.value())
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, Lie) as problem:
            why = problem if isinstance(problem, Lie) else f"not of its form: {problem!r}"
            raise Lie(f"{message.topic()}: offset {message.offset()}: {why}") from problem
        if line is not None:
            print(line, flush=True)

    def check_silence(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for stream in self.streams.values():
            stream.check_silence(now)


def client_settings(path):
    """librdkafka's key=value lines."""
    lines = [line.strip() for line in pathlib.Path(path).read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--client", required=True, help="file of librdkafka settings: bootstrap.servers=… and access")
    parser.add_argument("--ledger", required=True, help="the ledger's short id: topics are z5.<id>.promotions …")
    parser.add_argument("--trust", required=True, help="trust.json of the ledger")
    parser.add_argument("--service-key", required=True, action="append", help="PEM: keys/feed.pub of the ledger's home")
    parser.add_argument("--follow", action="store_true", help="go on when everything that is there was read")
    arguments = parser.parse_args()
    try:
        trust = Trust(arguments.trust)
        services = [serialization.load_pem_public_key(pathlib.Path(path).read_bytes()) for path in arguments.service_key]
        settings = client_settings(arguments.client)
    except (OSError, ValueError, KeyError) as problem:
        print(f"z9_consumer: {problem}", file=sys.stderr)
        return 2
    try:
        Follower(settings, arguments.ledger, [Stream(name, trust, services) for name in TYPES]).run(arguments.follow)
    except Lie as lie:
        print(f"z9_consumer: {lie}", file=sys.stderr)
        return 4
    except (Silence, KafkaException) as problem:
        print(f"z9_consumer: {problem}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
