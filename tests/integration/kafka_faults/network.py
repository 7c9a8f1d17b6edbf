#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ops/kafka/broker with each node in a network namespace of its own, behind a bridge, so that a node can be cut off from
everybody while it lives: network.py VERB… --data DIR, with $Z5_NETWORK as the names' prefix (six characters at most).
Needs root and iproute2."""

import importlib.machinery
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

BROKER = pathlib.Path(__file__).resolve().parents[3] / "ops/kafka/broker"
NODES = (1, 2, 3)


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


def why_not():
    """Why there can be no namespaces here; None when there can."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "network namespaces need root and iproute2"
    made = ip("netns", "add", f"z5try{os.getpid()}", check=False)
    ip("netns", "delete", f"z5try{os.getpid()}", check=False)
    return None if made.returncode == 0 else f"no network namespaces: {made.stderr.strip()}"


class Network:
    """A bridge with an address of ours, and a namespace a node."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.net = f"10.213.{os.getpid() % 250}"
        ip("link", "add", f"{prefix}br", "type", "bridge")
        ip("address", "add", f"{self.net}.254/24", "dev", f"{prefix}br")
        ip("link", "set", f"{prefix}br", "up")
        for node in NODES:
            space, ours = f"{prefix}-{node}", f"{prefix}v{node}"
            ip("netns", "add", space)
            ip("link", "add", ours, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", ours, "master", f"{prefix}br", "up")
            for words in (["address", "add", f"{self.net}.{node}/24", "dev", "eth0"], ["link", "set", "eth0", "up"],
                          ["link", "set", "lo", "up"]):
                ip("-n", space, *words)

    def cut(self, node):
        ip("link", "set", f"{self.prefix}v{node}", "down")

    def mend(self, node):
        ip("link", "set", f"{self.prefix}v{node}", "up")

    def remove(self):
        for node in NODES:
            ip("netns", "delete", f"{self.prefix}-{node}", check=False)
        ip("link", "delete", f"{self.prefix}br", check=False)


def separate(broker, prefix, net):
    """Makes the script `broker` put each node into its namespace and at its address there."""
    cluster, java = broker.Cluster, broker.java

    def moved(self, text):
        for node in self.nodes:
            text = re.sub(rf"127\.0\.0\.1:({node['port']}|{node['controller']})\b", rf"{net}.{node['id']}:\1", text)
        return text

    def moved_java(heap, main, *arguments, **options):
        known = cluster(data)
        command = java(heap, main, *[moved(known, word) for word in arguments], **options)
        if main != "kafka.Kafka":
            return command
        return ["ip", "netns", "exec", f"{prefix}-{pathlib.Path(arguments[0]).parent.name.removeprefix('node-')}", *command]

    data = sys.argv[sys.argv.index("--data") + 1]
    settings, bootstrap = cluster.settings, cluster.bootstrap
    cluster.settings = lambda self, node: moved(self, settings(self, node))
    cluster.bootstrap = lambda self: moved(self, bootstrap(self))
    broker.java = moved_java


if __name__ == "__main__":
    loader = importlib.machinery.SourceFileLoader("broker", str(BROKER))
    script = importlib.util.module_from_spec(importlib.util.spec_from_loader("broker", loader))
    loader.exec_module(script)
    names, address = os.environ["Z5_NETWORK"].split("/")
    separate(script, names, address)
    sys.exit(script.main(sys.argv[1:]))
