# SPDX-License-Identifier: Apache-2.0
"""Messages of a Kafka topic, by librdkafka itself: what somebody with a client of their own writes and reads."""

import ctypes
import time

RD = ctypes.CDLL("librdkafka.so.1")
PRODUCER, CONSUMER, COPY = 0, 1, 2
BEGINNING = -2


class Raw(ctypes.Structure):
    """rd_kafka_message_t"""
    _fields_ = [("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32),
                ("payload", ctypes.c_void_p), ("len", ctypes.c_size_t), ("key", ctypes.c_void_p),
                ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64), ("private", ctypes.c_void_p)]


for name, result, arguments in (
        ("rd_kafka_conf_new", ctypes.c_void_p, []),
        ("rd_kafka_conf_set", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p,
                                             ctypes.c_size_t]),
        ("rd_kafka_new", ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]),
        ("rd_kafka_topic_new", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]),
        ("rd_kafka_produce", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int, ctypes.c_char_p,
                                            ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]),
        ("rd_kafka_flush", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
        ("rd_kafka_consume_start", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64]),
        ("rd_kafka_consume", ctypes.POINTER(Raw), [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int]),
        ("rd_kafka_consume_stop", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32]),
        ("rd_kafka_message_destroy", None, [ctypes.POINTER(Raw)]),
        ("rd_kafka_topic_destroy", None, [ctypes.c_void_p]),
        ("rd_kafka_destroy", None, [ctypes.c_void_p])):
    function = getattr(RD, name)
    function.restype, function.argtypes = result, arguments


class Topic:
    def __init__(self, name, brokers, kind):
        why = ctypes.create_string_buffer(512)
        conf = RD.rd_kafka_conf_new()
        for key, value in {"bootstrap.servers": brokers, "message.max.bytes": "40000000"}.items():
            if RD.rd_kafka_conf_set(conf, key.encode(), value.encode(), why, len(why)) != 0:
                raise RuntimeError(why.value.decode())
        self.client = RD.rd_kafka_new(kind, conf, why, len(why))
        if not self.client:
            raise RuntimeError(why.value.decode())
        self.topic = RD.rd_kafka_topic_new(self.client, name.encode(), None)

    def close(self):
        RD.rd_kafka_topic_destroy(self.topic)
        RD.rd_kafka_destroy(self.client)


def produce(name, brokers, *values, key=b""):
    """Each value as one message, acknowledged."""
    topic = Topic(name, brokers, PRODUCER)
    try:
        for value in values:
            if RD.rd_kafka_produce(topic.topic, 0, COPY, value, len(value), key, len(key), None) != 0:
                raise RuntimeError(f"{name}: not taken")
        if RD.rd_kafka_flush(topic.client, 60_000) != 0:
            raise RuntimeError(f"{name}: not acknowledged")
    finally:
        topic.close()


def consume(name, brokers, enough, seconds=60):
    """(key, value) from the beginning on, until `enough` says so of what came; an AssertionError after `seconds`."""
    topic = Topic(name, brokers, CONSUMER)
    found = []
    try:
        RD.rd_kafka_consume_start(topic.topic, 0, BEGINNING)
        deadline = time.monotonic() + seconds
        while not enough(found):
            if time.monotonic() > deadline:
                raise AssertionError(f"{name}: only {found}")
            raw = RD.rd_kafka_consume(topic.topic, 0, 200)
            if not raw:
                continue
            message = raw.contents
            if message.err == 0:
                found.append((ctypes.string_at(message.key, message.key_len) if message.key else b"",
                              ctypes.string_at(message.payload, message.len) if message.payload else b""))
            RD.rd_kafka_message_destroy(raw)
        RD.rd_kafka_consume_stop(topic.topic, 0)
        return found
    finally:
        topic.close()
