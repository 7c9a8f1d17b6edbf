#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what other people's tools make today, Z5 accepts, and what Z5 makes, they accept. Method: the real tools of
build/venv (model-signing, sigstore), offline: keys and private roots, no log can be reached; each beside a forgery.
Usage: tools_test.py BIN"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "integration" / "cli"))
from installation import Installation  # noqa: E402

VENV = ROOT / "build" / "venv" / "bin"
CORPUS = ROOT / "tests" / "conformance" / "corpus"
TYPE = "https://example.org/evaluation/v1"


def tool(*call, timeout=600):
    return subprocess.run(list(map(str, call)), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          timeout=timeout)


def must(*call):
    done = tool(*call)
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


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="z5-tools-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.z = Installation(cls.folder / "z5", BIN)
        cls.key = cls.folder / "p256"
        cls.z.must("keygen", "--out", cls.key, "--algorithm", "p256")
        cls.private, cls.public = f"{cls.key}.key", f"{cls.key}.pub"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def check(self, expected, kind, *arguments):
        answer = self.z.z5("evidence", "check", "--kind", kind, *arguments)
        self.assertEqual(answer.exit, expected, answer)

    def tampered(self, bundle):
        """The bundle with one octet of its signature changed."""
        text = json.loads(bundle.read_text())
        signature = text["dsseEnvelope"]["signatures"][0]
        raw = bytearray(base64.b64decode(signature["sig"]))
        raw[-1] ^= 1
        signature["sig"] = base64.b64encode(raw).decode()
        path = bundle.with_suffix(".tampered")
        path.write_text(json.dumps(text))
        return path

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


if __name__ == "__main__":
    BIN = sys.argv.pop(1)
    unittest.main(verbosity=2)
