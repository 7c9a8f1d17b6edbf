#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the verbs that the quickstart does not need work too, and signing apart from sending does.
Method: one ledger; a version is held, lifted, rebound, approved with a foreign signer, and labelled.
Usage: verbs_test.py BIN"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from installation import EXAMPLES, ROOT, Installation, rfc3339

REF = "acme/model:1"


class Verbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="z5-verbs-")
        cls.z = Installation(cls.temporary.name, BIN)
        assert cls.z.init().exit == 0
        try:
            cls.z.must("up")
            cls.z.must("submit", REF, "--key", cls.z.key("ci"), "--model", cls.z.model, *cls.z.evidence(),
                       "--tag", "team=risk", "--artifact-uri", "file:///models/1")
            cls.z.must("stage", REF, "--key", cls.z.key("release"))
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.z.z5("down")
        cls.temporary.cleanup()

    def signed(self, *arguments, by):
        return self.z.must(*arguments, "--key", self.z.key(by))

    def show(self):
        return self.z.must("show", REF).json

    def test_show_has_what_was_submitted(self):
        version = self.show()
        self.assertEqual(version["ref"], REF)
        self.assertEqual(version["tags"].get("team"), "risk")
        self.assertEqual(version["artifact_uris"], ["file:///models/1"])
        self.assertEqual(version["model_digest"], self.z.model_digest())
        for field in ("run_id", "dataset", "container_digest", "sbom_ref", "policy_digest", "approvers", "hold", "sequence"):
            self.assertIn(field, version)
        self.assertIn(REF, [row["ref"] for row in self.z.must("list", "--tenant", "acme").json["versions"]])
        self.assertEqual(self.z.must("list", "--tenant", "other").json["versions"], [])

    def test_a_quarantine_is_lifted_by_two(self):
        self.z.must("keygen", "--out", self.z.keys / "rae")
        request = self.z.folder / "rae.request"
        self.z.must("actor", "request", "--key", self.z.key("rae"), "--id", "rae", "--role", "revoker@acme", "--out", request)
        kept = self.z.folder / "rae.enroll"
        self.z.must("actor", "enroll", request, "--key", self.z.key("ana"), "--out", kept)
        self.z.must("cosign", kept, "--key", self.z.key("ada"))
        self.z.must("send", kept)
        self.signed("quarantine", REF, "--reason", "looking", "--review-by", rfc3339(24), by="rob")
        self.assertIsNotNone(self.show()["hold"])
        alone = self.z.z5("lift-quarantine", REF, "--key", self.z.key("rob"))
        self.assertEqual((alone.exit, "quorum" in alone.rules), (1, True), alone)
        self.z.must("lift-quarantine", REF, "--key", self.z.key("rob"), "--cosign", self.z.key("rae"))
        self.assertIsNone(self.show()["hold"])

    def test_an_approval_signed_elsewhere(self):
        ticket = self.z.papers / "ticket.json"
        ticket.write_text(json.dumps({"id": "CHG-1", "window": {"start": rfc3339(-1), "end": rfc3339(8)},
                                      "rollback_plan": "the version before", "impact": "none"}))
        printed = self.z.run("z5", "approve", REF, "--role", "security", "--ticket", ticket, "--print")
        self.assertEqual(printed.exit, 0, printed)
        bundle = self.z.folder / "approval.bundle"
        bundle.write_text(json.dumps(self.z.sign(printed.out.encode(), "sam")))
        without = self.z.z5("send", bundle)
        self.assertEqual((without.exit, without.rules), (1, ["document-missing"]), without)
        self.z.must("send", bundle, "--ticket", ticket)
        self.assertEqual([approver["person"] for approver in self.show()["approvers"]], ["sam"])
        self.assertEqual(self.z.must("pending", "--role", "product").json["pending"][0]["lacks"], ["product"])
        self.signed("withdraw-approval", REF, by="sam")
        self.assertEqual(self.show()["approvers"], [])

    def test_policies_are_activated_pinned_and_rebound(self):
        bundle = self.z.folder / "policy"
        shutil.copytree(ROOT / "ledger/policy/bundles/registry", bundle)
        (bundle / "registry" / "example_test.rego").write_text(
            "package registry.example_test\n\nimport data.registry.accept\n\n"
            "test_nothing_is_not_enough if not accept.allow with input as {}\n")
        self.assertEqual(self.z.must("policy", "test", bundle).json["passed"], 1)
        digest = self.z.must("policy", "digest", bundle).json["policy_digest"]
        kept = self.z.folder / "activation.request"
        self.z.must("policy", "activate", bundle, "--key", self.z.key("ana"), "--out", kept)
        shown = self.z.must("cosign", kept, "--key", self.z.key("ada")).json
        self.assertEqual(shown["statement"]["predicate"]["registry"], digest)
        self.z.must("send", kept)
        self.assertEqual(self.z.must("policy", "show").json["registry"], digest)
        pinned = pathlib.Path(self.z.must("policy", "pin").json["folder"])
        self.assertEqual(pinned.name, digest.removeprefix("sha256:"))
        self.assertEqual(self.z.must("policy", "digest", pinned).json["policy_digest"], digest)
        self.z.must("policy", "pin", digest)
        self.signed("rebind", REF, by="release")
        self.assertEqual(self.show()["policy_digest"], digest)
        (pinned / "data.json").write_text("{}")
        self.assertEqual(self.z.z5("policy", "pin", digest).exit, 4)
        shutil.rmtree(pinned)

    def test_roots_and_identities(self):
        admins = ["--key", self.z.key("ana"), "--cosign", self.z.key("ada")]
        anchor = self.z.folder / "anchor.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.z.folder / "anchor.key", "-out", anchor, "-subj", "/CN=corp", "-days", "9",
                        "-addext", "keyUsage=critical,keyCertSign,cRLSign"], check=True, capture_output=True)
        self.assertEqual(self.z.must("trust", "show").json["roots"], [])
        self.assertEqual(self.z.z5("trust", "set", "corp", *admins).exit, 2)
        malformed = self.z.z5("trust", "set", "corp", self.z.keys / "ana.pub", *admins)
        self.assertEqual((malformed.exit, malformed.rules), (1, ["trust-root-malformed"]), malformed)
        alone = self.z.z5("trust", "set", "corp", anchor, "--key", self.z.key("ana"))
        self.assertEqual((alone.exit, "quorum" in alone.rules), (1, True), alone)
        self.z.must("trust", "set", "corp", anchor, *admins)
        until = rfc3339(24)
        self.z.must("trust", "set", "corp", "--valid-to", until, *admins)
        root = self.z.must("trust", "show").json["roots"][0]
        self.assertEqual((root["root"], root["form"], root["valid_to"]), ("corp", "anchors", until))

        request = self.z.folder / "robot.request"
        identity = ["--identity", "robot@corp.test", "--issuer", "root:corp"]
        self.z.must("actor", "request", *identity, "--id", "robot", "--kind", "workload", "--use", "attest",
                    "--role", "builder@acme", "--out", request)
        self.z.must("actor", "enroll", request, *admins)
        again = self.z.z5("actor", "enroll", request, *admins)
        self.assertEqual((again.exit, "identity-enrolled" in again.rules), (1, True), again)
        self.z.must("actor", "retire", "robot", "--reason", "departure", *admins)
        self.assertEqual(self.z.z5("actor", "request", "--id", "x", "--out", request).exit, 2)

        self.z.must("trust", "withdraw", "corp", *admins)
        self.assertIn("withdrawn_at", self.z.must("trust", "show").json["roots"][0])
        back = self.z.z5("trust", "set", "corp", anchor, *admins)
        self.assertEqual((back.exit, "root-withdrawn" in back.rules), (1, True), back)

    def test_a_failing_policy_test(self):
        bundle = self.z.folder / "failing"
        shutil.copytree(ROOT / "ledger/policy/bundles/registry", bundle)
        (bundle / "registry" / "example_test.rego").write_text(
            "package registry.example_test\n\nimport data.registry.accept\n\n"
            "test_that_fails if accept.allow with input as {}\n")
        self.assertEqual(self.z.z5("policy", "test", bundle).exit, 1)
        (bundle / "registry" / "accept.rego").write_text("package registry.accept\n\nallow if {\n")
        self.assertEqual(self.z.z5("policy", "test", bundle).exit, 2)
        activate = ["policy", "activate", bundle, "--key", self.z.key("ana"), "--cosign", self.z.key("ada")]
        self.assertEqual(self.z.z5(*activate).exit, 2)

    def test_trail_and_artefacts(self):
        entries = self.z.must("trail", REF).json["entries"]
        self.assertEqual(entries[0]["event"], "VersionSubmitted")
        manifest = self.z.run("z5", "get", REF, "manifest")
        self.assertEqual(manifest.out, self.z.run("z5", "manifest", self.z.model).out)
        sbom = self.show()["sbom_ref"]
        self.assertIn("CycloneDX", self.z.run("z5", "get", REF, sbom).out)
        nothing = self.z.z5("get", REF, "release_notes.md")
        self.assertEqual((nothing.exit, nothing.rules), (1, ["not-found"]), nothing)
        self.assertEqual(self.z.z5("get", REF, "passwords").exit, 2)
        self.assertEqual(self.z.z5("get", REF, "sha256:" + "0" * 64).exit, 1)

    def test_reports_and_lists(self):
        report = self.z.z5("verify", REF)
        self.assertEqual(report.exit, 0, report)
        self.assertEqual(report.json["download"]["staging"]["permitted"], True)
        self.assertEqual(report.json["download"]["production"]["permitted"], False)
        self.assertEqual(self.z.must("revocations").json["versions"], [])
        self.assertEqual(self.z.z5("permit", REF, "--as", "server").exit, 1)
        self.assertEqual(self.z.z5("permit", REF, "--as", "nobody").exit, 2)
        self.assertEqual(self.z.z5("show", REF, "--as", "server").exit, 0)
        self.assertEqual(self.z.z5("show", "acme/model@serving").exit, 1)

    def test_tokens(self):
        made = self.z.must("token", "ci").json
        self.assertEqual(pathlib.Path(made["file"]).stat().st_mode & 0o777, 0o600)
        time.sleep(1.2)  # services look at tokens/ once a second
        self.assertEqual(self.z.z5("show", REF, "--as", "ci").exit, 0)
        self.assertEqual(self.z.z5("list", "--tenant", "other", "--as", "ci").exit, 1)
        self.assertEqual(self.z.z5("token", "ci").exit, 2)
        self.assertEqual(self.z.z5("token", "../ci").exit, 2)

    def test_evidence_check(self):
        check = ["evidence", "check", "--kind"]
        self.assertEqual(self.z.z5(*check, "sbom", self.z.papers / "first-sbom.json").exit, 0)
        self.assertEqual(self.z.z5(*check, "model-card", EXAMPLES / "model-card.md").exit, 0)
        self.assertEqual(self.z.z5(*check, "sbom", EXAMPLES / "model-card.md").exit, 1)
        self.assertEqual(self.z.z5(*check, "sbom", "/nowhere").exit, 2)
        self.assertEqual(self.z.z5(*check, "poem", EXAMPLES / "model-card.md").exit, 2)
        oms = [*check, "oms", self.z.papers / "first-model.sig", "--model", self.z.model]
        self.assertEqual(self.z.z5(*oms, "--key", self.z.keys / "model-signer.pub").exit, 0)
        self.assertEqual(self.z.z5(*oms, "--key", self.z.keys / "ci.pub").exit, 1)
        provenance = [*check, "provenance", self.z.papers / "first-provenance.json", "--key", self.z.keys / "builder.pub"]
        self.assertEqual(self.z.z5(*provenance, "--artifact", self.z.model_digest()).exit, 0)
        self.assertEqual(self.z.z5(*provenance, "--artifact", "sha256:" + "0" * 64).exit, 1)


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
