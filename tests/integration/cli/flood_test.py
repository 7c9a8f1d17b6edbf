#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what is too much is refused, with its status or rule, in memory that does not grow with what is sent.
Method: a gigabyte, a million signatures and a bomb against the real programs; the peak of their resident memory is
read from the kernel (VmHWM of the running service, ru_maxrss of a program that ended).
Usage: flood_test.py BIN"""

import base64
import gzip
import io
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

from installation import Installation

MIB = 1 << 20
GIGABYTE = 1024 * MIB
# What a program may take beyond its quiet peak: a request body (32 MiB), decoded and parsed, with room.
SERVICE_GROWTH = 256 * MIB


class Flood(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="z5-flood-")
        cls.z = Installation(cls.temporary.name, BIN)
        assert cls.z.init().exit == 0
        try:
            cls.z.must("up")
            cls.flags = cls.z.evidence()
            cls.huge = cls.z.folder / "huge"
            with open(cls.huge, "wb") as file:  # sparse: a gigabyte that nobody has written
                file.write(b'{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"x":"')
                file.truncate(GIGABYTE)
            cls.signatures = cls.z.folder / "signatures"
            with open(cls.signatures, "wb") as file:
                file.write(b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":'
                           b'{"hint":""}},"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json",'
                           b'"signatures":[')
                for _ in range(1000):
                    file.write(b'{"sig":"AA=="},' * 1000)
                file.write(b'{"sig":"AA=="}]}}')
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.z.z5("down")
        cls.temporary.cleanup()

    # --- measuring
    def service(self):
        return json.loads((self.z.home / "run" / "ledger.json").read_text())

    def peak(self):
        """Bytes that z5-ledger had resident at most."""
        status = pathlib.Path(f"/proc/{self.service()['pid']}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def program(self, *arguments):
        """(exit, stdout, peak) of z5 run to its end."""
        out = self.z.folder / "out"
        with open(out, "wb") as stdout, open(os.devnull, "rb") as nothing:
            process = subprocess.Popen([self.z.bin / "z5", "--json", *map(str, arguments)], stdin=nothing, stdout=stdout,
                                       stderr=subprocess.STDOUT, env={**os.environ, "Z5_HOME": str(self.z.home)})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, out.read_text("utf-8", "replace"), usage.ru_maxrss * 1024

    def quiet(self):
        """The peak of a program that had nothing to do: z5 with everything that is linked into it."""
        return self.program("evidence", "check", "--kind", "sbom", self.z.papers / "empty.json")[2]

    # --- over HTTP
    def pour(self, head, chunk, count):
        """Sends head and `count` times `chunk` until the service stops it; the first line of its answer."""
        service = self.service()
        with socket.create_connection(("127.0.0.1", service["port"]), timeout=120) as connection:
            try:
                connection.sendall(head)
                for _ in range(count):
                    connection.sendall(chunk)
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                answer = connection.recv(65536)
            except ConnectionResetError:
                answer = b""
        return answer.split(b"\r\n", 1)[0].decode()

    def test_a_body_of_a_gigabyte(self):
        before = self.peak()
        head = "POST /v1/commands HTTP/1.1\r\nHost: z5\r\nContent-Type: application/json\r\n"
        named = self.pour(f"{head}Content-Length: {GIGABYTE}\r\n\r\n".encode(), b"x" * MIB, 1024)
        self.assertIn(named[9:12], ("413", ""), "refused by its length; or the connection was gone before we read it")
        chunked = self.pour(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(),
                            b"100000\r\n" + b"x" * MIB + b"\r\n", 1024)
        self.assertIn(chunked[9:12], ("411", ""), "a body says how long it is")
        self.assertLess(self.peak() - before, SERVICE_GROWTH)
        self.assertEqual(self.z.z5("status").exit, 0, "and it serves on")

    def test_a_command_with_a_million_signatures(self):
        before = self.peak()
        bundle = self.signatures.read_bytes()
        status, document = self.z.post(json.dumps({"command": base64.b64encode(bundle).decode()}))
        self.assertIn(status, (400, 413), document)
        self.assertLess(self.peak() - before, SERVICE_GROWTH)

    def test_a_bomb_in_an_attachment(self):
        before = self.peak()
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as bomb:
            for _ in range(256):
                bomb.write(bytes(MIB))
        content = packed.getvalue() * 40  # ten gigabytes if somebody unpacked it
        bomb = self.z.papers / "bomb.gz"
        bomb.write_bytes(content)
        self.assertLess(len(content), 16 * MIB)
        flags = list(self.flags)
        flags[flags.index("--sbom") + 1] = bomb
        answer = self.z.z5("submit", "acme/model:bomb", "--key", self.z.key("ci"), "--model", self.z.model, *flags)
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("sbom-malformed", answer.rules)
        self.assertLess(self.peak() - before, SERVICE_GROWTH)

    def test_a_packed_body_is_not_unpacked(self):
        before = self.peak()
        body = gzip.compress(bytes(64 * MIB))
        head = (f"POST /v1/commands HTTP/1.1\r\nHost: z5\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n")
        self.assertEqual(self.pour(head.encode(), body, 1)[9:10], "4")
        self.assertLess(self.peak() - before, 32 * MIB)

    # --- on the command line
    def test_documents_of_a_gigabyte(self):
        (self.z.papers / "empty.json").write_text("{}")
        quiet = self.quiet()
        for kind in ("sbom", "vex", "scan", "model-card"):
            with self.subTest(kind=kind):
                status, out, peak = self.program("evidence", "check", "--kind", kind, self.huge)
                self.assertEqual(status, 1, out)
                self.assertLess(peak - quiet, 64 * MIB)
        for kind in ("oms", "bundle", "provenance"):
            with self.subTest(kind=kind):
                status, out, peak = self.program("evidence", "check", "--kind", kind, self.huge, "--type", "x")
                self.assertEqual(status, 1, out)
                self.assertLess(peak - quiet, 64 * MIB)
                status, out, peak = self.program("evidence", "check", "--kind", kind, self.signatures, "--type", "x")
                self.assertEqual(status, 1, out)
                self.assertLess(peak - quiet, 64 * MIB)

    def test_a_gigabyte_is_not_submitted(self):
        (self.z.papers / "empty.json").write_text("{}")
        quiet = self.quiet()
        status, out, peak = self.program("submit", "acme/model:huge", "--key", self.z.key("ci"), "--model", self.z.model,
                                         "--sbom", self.huge)
        self.assertEqual(status, 2, out)
        self.assertIn("longer than", out)
        self.assertLess(peak - quiet, 64 * MIB)


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
