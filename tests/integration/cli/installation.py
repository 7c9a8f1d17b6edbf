# SPDX-License-Identifier: Apache-2.0
"""A whole Z5 on this machine for tests: keys, home, services, a model and its evidence; and commands made by hand,
so that a test can sign what z5 itself would never write. Only the standard library and the openssl program."""

import base64
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "ops" / "examples"
RUN_ID = "magika-train-2026-11"  # what the example records are about
DATASET = "files@1"
TENANT = "acme"
PERSONS = ["ana", "ada", "sam", "pia", "rob"]
WORKLOADS = ["ci", "release", "model-signer", "builder", "assessor", "evaluator", "catalogue", "server"]


def rfc3339(hours):
    """Now and that many hours."""
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Answer:
    """What a program said: exit status, the document on stdout, and the rules of a refusal."""

    def __init__(self, done):
        self.exit = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def rules(self):
        return [refusal["rule"] for refusal in self.json.get("refusal", [])] if self.out.startswith("{") else []

    def __repr__(self):
        return f"exit {self.exit}\n{self.out[:2000]}\n{self.err[:2000]}"


class Installation:
    def __init__(self, folder, bin_folder):
        self.folder = pathlib.Path(folder)
        self.bin = pathlib.Path(bin_folder)
        self.home = self.folder / "home"
        self.keys = self.folder / "keys"
        self.papers = self.folder / "papers"
        self.model = self.folder / "model"
        for each in (self.keys, self.papers, self.model):
            each.mkdir(parents=True)
        for name in PERSONS + WORKLOADS:
            self.must("keygen", "--out", self.keys / name)
        (self.keys / "actors.toml").write_bytes((EXAMPLES / "actors.toml").read_bytes())
        (self.model / "config.json").write_text('{"layers": 2}')
        (self.model / "weights.bin").write_bytes(bytes(range(256)))

    # --- programs
    def run(self, program, *arguments, home=None, **options):
        environment = {**os.environ, "Z5_HOME": str(home or self.home)}
        return Answer(subprocess.run([self.bin / program, *map(str, arguments)], capture_output=True, timeout=180,
                                     stdin=subprocess.DEVNULL, env=environment, check=False, **options))

    def z5(self, *arguments, home=None):
        return self.run("z5", "--json", *arguments, home=home)

    def must(self, *arguments, home=None):
        answer = self.z5(*arguments, home=home)
        if answer.exit != 0:
            raise AssertionError(f"z5 {' '.join(map(str, arguments))}: {answer!r}")
        return answer

    def init(self, home=None):
        return self.z5("init", "--ledger", "test", "--actors", self.keys / "actors.toml", home=home)

    def key(self, name):
        return self.keys / f"{name}.key"

    # --- evidence
    def model_digest(self, model=None):
        return self.must("manifest", model or self.model).json["model_digest"]

    def sign_model(self, model=None, name="model.sig"):
        """An OMS v1.0 bundle over the folder's files, as model-signing writes it."""
        files = self.must("manifest", model or self.model).json["files"]
        resources = [{"name": f["path"], "digest": f["sha256"], "algorithm": "sha256"} for f in files]
        root = hashlib.sha256(b"".join(bytes.fromhex(f["sha256"]) for f in files)).hexdigest()
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "model", "digest": {"sha256": root}}],
            "predicateType": "https://model_signing/signature/v1.0",
            "predicate": {"serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False,
                                            "ignore_paths": []}, "resources": resources}}
        bundle = self.sign(statement, "model-signer")
        bundle["verificationMaterial"]["tlogEntries"] = []
        path = self.papers / name
        path.write_text(json.dumps(bundle))
        return path

    def attest(self, key, kind, predicate, digest, name):
        predicate_file = self.papers / f"{name}.predicate.json"
        predicate_file.write_text(json.dumps(predicate))
        path = self.papers / f"{name}.json"
        self.must("attest", "--key", self.key(key), "--type", kind, "--predicate", predicate_file,
                  "--subject", f"model@{digest}", "--out", path)
        return path

    def evidence(self, model=None, prefix="first"):
        """The flags of a submission that is accepted."""
        digest = self.model_digest(model)
        dataset = hashlib.sha256(b"dataset").hexdigest()
        name, _, snapshot = DATASET.partition("@")
        provenance = {
            "buildDefinition": {
                "buildType": "https://example.org/train/v1", "externalParameters": {"run_id": RUN_ID},
                "resolvedDependencies": [{"name": DATASET, "digest": {"sha256": dataset}}]},
            "runDetails": {"builder": {"id": "https://example.org/trainer"}}}
        catalogue = {"name": name, "snapshot": snapshot, "digest": f"sha256:{dataset}", "purposes": ["testing"],
                     "legal_basis": "contract", "sensitivity": "ordinary"}
        scan = {"scanner": {"uri": "pkg:generic/scanner@1", "version": "1", "result": [],
                            "db": {"uri": "https://example.org/db", "version": "7", "lastUpdate": rfc3339(-24)}},
                "metadata": {"scanStartedOn": rfc3339(-24), "scanFinishedOn": rfc3339(-24)}}
        security = {"security_decision": "PASS", "adversarial_tests": {"result": "PASS"}}
        sbom = self.papers / f"{prefix}-sbom.json"
        sbom.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
                                    "components": [{"type": "library", "name": "runtime", "version": "1.20.0"}]}))
        attested = [
            self.attest("builder", "https://slsa.dev/provenance/v1", provenance, digest, f"{prefix}-provenance"),
            self.attest("catalogue", "urn:z5:predicate:dataset:v1", catalogue, digest, f"{prefix}-dataset"),
            self.attest("assessor", "https://in-toto.io/attestation/vulns/v0.2", scan, digest, f"{prefix}-scan"),
            self.attest("assessor", "urn:z5:predicate:security-decision:v1", security, digest, f"{prefix}-security")]
        flags = ["--signature", self.sign_model(model, f"{prefix}-model.sig"), "--sbom", sbom,
                 "--model-card", EXAMPLES / "model-card.md", "--run-id", RUN_ID, "--dataset", DATASET]
        for path in attested:
            flags += ["--attestation", path]
        return flags

    # --- commands made by hand
    def sign(self, statement, key):
        """A Sigstore bundle over the Statement (dict or bytes), signed with openssl."""
        payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
        kind = b"application/vnd.in-toto+json"
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        message = self.folder / "to-sign"
        message.write_bytes(signed)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key(key), "-in", message],
                                   capture_output=True, check=True).stdout
        return {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                "verificationMaterial": {"publicKey": {"hint": ""}},
                "dsseEnvelope": {"payload": base64.b64encode(payload).decode(), "payloadType": kind.decode(),
                                 "signatures": [{"sig": base64.b64encode(signature).decode()}]}}

    def keep(self, name, *arguments):
        """Signs a command with z5 and keeps it: (file, Statement)."""
        path = self.folder / f"{name}.request"
        self.must(*arguments, "--out", path)
        return path, self.statement(path)

    @staticmethod
    def bundle(path):
        return json.loads(base64.b64decode(json.loads(path.read_text())["command"]))

    def statement(self, path):
        return json.loads(base64.b64decode(self.bundle(path)["dsseEnvelope"]["payload"]))

    def send(self, statement, key, name="by-hand"):
        path = self.folder / f"{name}.bundle"
        path.write_text(json.dumps(self.sign(statement, key)))
        return self.z5("send", path)

    def post(self, body, path="/v1/commands"):
        """(status, document) of a request as it is, past z5."""
        port = json.loads((self.home / "run" / "ledger.json").read_text())["port"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
