#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what other people's tools make today, Z5 accepts; what Z5 makes, they accept; and an approver needs nothing
but cosign. Method: the real tools, offline (keys and private roots; no log can be reached), each beside a forgery.
model-signing and sigstore come from build/venv; cosign is build/tools/cosign, and without it its cases skip.
Usage: tools_test.py BIN"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "integration" / "cli"))
from installation import Installation, rfc3339  # noqa: E402

VENV = ROOT / "build" / "venv" / "bin"
COSIGN = ROOT / "build" / "tools" / "cosign"
CORPUS = ROOT / "tests" / "conformance" / "corpus"
REF = "acme/model:1"
TYPE = "https://example.org/evaluation/v1"
ENVIRONMENT = {**os.environ, "COSIGN_PASSWORD": ""}


def tool(*call, timeout=600, **options):
    return subprocess.run(list(map(str, call)), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          timeout=timeout, env={**ENVIRONMENT, **options})


def must(*call, **options):
    done = tool(*call, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, call))}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def completed(root):
    """A trusted root with the fields that sigstore-python wants and nobody needs."""
    for log in root["tlogs"] + root["ctlogs"]:
        is_ed25519 = len(base64.b64decode(log["publicKey"]["rawBytes"])) == 44
        log["publicKey"]["keyDetails"] = "PKIX_ED25519" if is_ed25519 else "PKIX_ECDSA_P256_SHA_256"
    for authority in root["certificateAuthorities"] + root["timestampAuthorities"]:
        authority["subject"] = {"organization": "example.test", "commonName": "example"}
    return root


class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="z5-tools-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.z = Installation(cls.folder / "z5", BIN)
        cls.key = cls.folder / "p256"
        cls.z.must("keygen", "--out", cls.key, "--algorithm", "p256")
        cls.private, cls.public = f"{cls.key}.key", f"{cls.key}.pub"
        cls.blob, cls.other = cls.folder / "blob.bin", cls.folder / "other.bin"
        cls.blob.write_bytes(b"weights")
        cls.other.write_bytes(b"other weights")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def check(self, expected, kind, *arguments):
        answer = self.z.z5("evidence", "check", "--kind", kind, *arguments)
        self.assertEqual(answer.exit, expected, answer)

    def tampered(self, bundle):
        """The bundle with one octet of its signature changed."""
        text = json.loads(bundle.read_text())
        holder = text["messageSignature"] if "messageSignature" in text else text["dsseEnvelope"]["signatures"][0]
        field = "signature" if "messageSignature" in text else "sig"
        raw = bytearray(base64.b64decode(holder[field]))
        raw[-1] ^= 1
        holder[field] = base64.b64encode(raw).decode()
        path = bundle.with_suffix(".tampered")
        path.write_text(json.dumps(text))
        return path


class InPython(Fixture):
    # --- model-signing
    def test_model_signing_by_key(self):
        print(must(VENV / "model_signing", "--version").strip())
        signature = self.folder / "key.sig"
        must(VENV / "model_signing", "sign", "key", self.z.model, "--private_key", self.private, "--signature", signature)
        self.check(0, "oms", signature, "--model", self.z.model, "--key", self.public)
        self.check(1, "oms", self.tampered(signature), "--model", self.z.model, "--key", self.public)
        extra = self.z.model / "extra.bin"
        extra.write_bytes(b"x")
        self.check(1, "oms", signature, "--model", self.z.model, "--key", self.public)
        extra.unlink()

    def test_model_signing_of_one_file(self):
        signature = self.folder / "one.sig"
        weights = self.z.model / "weights.bin"
        must(VENV / "model_signing", "sign", "key", weights, "--private_key", self.private, "--signature", signature)
        self.check(0, "oms", signature, "--model", weights, "--key", self.public)
        self.check(0, "oms", signature, "--artifact", weights, "--key", self.public)
        self.check(1, "oms", signature, "--model", self.z.model / "config.json", "--key", self.public)

    def test_model_signing_by_certificate(self):
        root, leaf = self.authority("root"), self.folder / "leaf.pem"
        request = self.folder / "leaf.csr"
        must("openssl", "req", "-new", "-key", self.private, "-subj", "/CN=trainer", "-out", request)
        extensions = self.folder / "leaf.cnf"
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=codeSigning\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        must("openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", root.with_suffix(".key"), "-days", "30",
             "-extfile", extensions, "-out", leaf)
        signature = self.folder / "certificate.sig"
        must(VENV / "model_signing", "sign", "certificate", self.z.model, "--private_key", self.private,
             "--signing_certificate", leaf, "--certificate_chain", root, "--signature", signature)
        self.check(0, "oms", signature, "--model", self.z.model, "--anchor", root)
        self.check(1, "oms", signature, "--model", self.z.model, "--anchor", self.authority("stranger"))

    def authority(self, name):
        path = self.folder / f"{name}.pem"
        must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
             "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", path.with_suffix(".key"), "-out", path)
        return path

    def test_model_signing_accepts_ours(self):
        self.z.must("keygen", "--out", self.z.keys / "modeller", "--algorithm", "p256")
        (self.z.keys / "modeller.key").replace(self.z.key("model-signer"))
        signature = self.z.sign_model(name="ours.sig")
        must(VENV / "model_signing", "verify", "key", self.z.model, "--signature", signature,
             "--public_key", self.z.keys / "modeller.pub")

    # --- sigstore-python: it reaches no log here, so it judges bundles of our own stack, and its envelopes are ours to judge
    def test_sigstore_python_judges_keyless_bundles_alike(self):
        from sigstore.models import Bundle, ClientTrustConfig
        from sigstore.verify import Verifier, policy
        print(must(VENV / "sigstore", "--version").strip())
        config = ClientTrustConfig.from_json(json.dumps({
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": completed(json.loads((CORPUS / "trust" / "trusted_root.json").read_text())),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json", "caUrls": [], "oidcUrls": [],
                "rekorTlogUrls": [], "tsaUrls": [], "rekorTlogConfig": {"selector": "ANY"},
                "tsaConfig": {"selector": "ANY"}}}))
        verifier = Verifier(trusted_root=config.trusted_root)
        cases = [case for case in json.loads((CORPUS / "index.json").read_text())
                 if case.get("identity") and "predicateType" not in case
                 and case["trusted_root"].endswith("trusted_root.json")]
        self.assertGreater(len(cases), 15)
        for case in cases:
            whom = policy.Identity(identity=case["identity"], issuer=case["issuer"])
            try:
                verifier.verify_artifact((CORPUS / case["artifact"]).read_bytes(),
                                         Bundle.from_json((CORPUS / case["file"]).read_text()), whom)
                got = "accept"
            except Exception:  # pylint: disable=broad-except  # whatever it raises is its no
                got = "reject"
            if case["file"] != "reject/entry-log.json":  # it never reads the log's id, which nobody signs
                self.assertEqual(got, case["expect"], case)

    def test_sigstore_python_signs_envelopes(self):
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from sigstore import dsse
        digest = self.z.must("manifest", self.z.model).json["model_digest"].removeprefix("sha256:")
        statement = (dsse.StatementBuilder().subjects([dsse.Subject(name="model", digest={"sha256": digest})])
                     .predicate_type(TYPE).predicate({"accuracy": 0.91}).build())
        key = load_pem_private_key(pathlib.Path(self.private).read_bytes(), None)
        envelope = json.loads(dsse._sign(key, statement).to_json())
        bundle = self.folder / "python.json"
        bundle.write_text(json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                                      "verificationMaterial": {"publicKey": {"hint": ""}, "tlogEntries": []},
                                      "dsseEnvelope": envelope}))
        flags = ["--key", self.public, "--type", TYPE, "--artifact", f"sha256:{digest}"]
        self.check(0, "bundle", bundle, *flags)
        self.check(1, "bundle", self.tampered(bundle), *flags)


class Cosign(Fixture):
    """Keys, no log: an empty signing configuration."""

    @classmethod
    def setUpClass(cls):
        if not COSIGN.exists():
            raise unittest.SkipTest(f"needs {COSIGN}")
        cls.cosign = COSIGN
        super().setUpClass()
        print(next(line for line in must(cls.cosign, "version").splitlines() if line.startswith("GitVersion")))
        cls.offline = cls.folder / "offline.json"
        must(cls.cosign, "signing-config", "create", "--out", cls.offline)
        must(cls.cosign, "import-key-pair", "--key", cls.private, "--output-key-prefix", cls.folder / "cosign")

    def sign(self, verb, bundle, *arguments, key=None):
        must(self.cosign, verb, "--key", key or self.folder / "cosign.key", "--signing-config", self.offline, "--bundle",
             bundle, "-y", *arguments)
        return bundle

    def verify(self, verb, bundle, *arguments):
        return tool(self.cosign, verb, "--key", self.public, "--insecure-ignore-tlog", "--bundle", bundle, *arguments)

    def test_sign_blob(self):
        bundle = self.sign("sign-blob", self.folder / "blob.json", self.blob)
        flags = ["--key", self.public, "--artifact"]
        self.check(0, "bundle", bundle, *flags, self.blob)
        self.check(1, "bundle", bundle, *flags, self.other)
        self.check(1, "bundle", self.tampered(bundle), *flags, self.blob)

    def test_attest_blob(self):
        predicate = self.folder / "predicate.json"
        predicate.write_text('{"accuracy": 0.91}')
        bundle = self.sign("attest-blob", self.folder / "attested.json", "--predicate", predicate, "--type", TYPE, self.blob)
        flags = ["--key", self.public, "--artifact", self.blob, "--type"]
        self.check(0, "bundle", bundle, *flags, TYPE)
        self.check(1, "bundle", bundle, *flags, "https://slsa.dev/provenance/v1")
        self.check(1, "bundle", self.tampered(bundle), *flags, TYPE)

    def test_cosign_accepts_what_z5_attests(self):
        predicate, bundle = self.folder / "ours.predicate", self.folder / "ours.json"
        predicate.write_text('{"accuracy": 0.91}')
        digest = self.z.must("manifest", self.folder_of(self.blob)).json["files"][0]["sha256"]
        self.z.must("attest", "--key", self.private, "--type", TYPE, "--predicate", predicate, "--subject",
                    f"blob.bin@sha256:{digest}", "--out", bundle)
        verb = "verify-blob-attestation"
        accepted = self.verify(verb, bundle, "--type", TYPE, self.blob)
        self.assertEqual(accepted.returncode, 0, accepted.stderr)
        self.assertNotEqual(self.verify(verb, bundle, "--type", TYPE, self.other).returncode, 0)
        self.assertNotEqual(self.verify(verb, self.tampered(bundle), "--type", TYPE, self.blob).returncode, 0)

    def folder_of(self, file):
        """A model of that one file."""
        folder = self.folder / f"only-{file.name}"
        folder.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
        return folder

    def test_an_approver_needs_only_cosign(self):
        z = self.z
        for suffix in (".key", ".pub"):  # sam's key is the one that cosign imported
            (z.keys / f"sam{suffix}").write_bytes(pathlib.Path(f"{self.key}{suffix}").read_bytes())
        self.assertEqual(z.init().exit, 0)
        z.must("up")
        try:
            z.must("submit", REF, "--key", z.key("ci"), "--model", z.model, *z.evidence())
            z.must("stage", REF, "--key", z.key("release"))
            ticket = z.papers / "ticket.json"
            ticket.write_text(json.dumps({"id": "CHG-1", "window": {"start": rfc3339(-1), "end": rfc3339(8)},
                                          "rollback_plan": "promote the one before", "impact": "none"}))
            printed = z.run("z5", "approve", REF, "--role", "security", "--ticket", ticket, "--print")
            self.assertEqual(printed.exit, 0, printed)
            statement = z.folder / "approval.statement"
            statement.write_text(printed.out)
            bundle = self.sign("attest-blob", z.folder / "approval.bundle", "--statement", statement)
            refused = z.z5("send", self.tampered(bundle), "--ticket", ticket)
            self.assertNotEqual(refused.exit, 0, refused)
            z.must("send", bundle, "--ticket", ticket)
            self.assertEqual([each["person"] for each in z.must("show", REF).json["approvers"]], ["sam"])
        finally:
            z.z5("down")


if __name__ == "__main__":
    BIN = sys.argv.pop(1)
    unittest.main(verbosity=2)
