#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what must not pass does not, each with its exit status and rule, through the real programs.
Method: one ledger and its services for all cases; bad commands are made by hand where z5 would not make them.
Usage: commands_test.py BIN"""

import copy
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from installation import Installation, rfc3339

REF = "acme/model:1"


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="z5-cli-")
        cls.z = Installation(cls.temporary.name, BIN)
        made = cls.z.init()
        assert made.exit == 0, made
        try:
            cls.z.must("up")
            cls.flags = cls.z.evidence()
            cls.z.must("submit", REF, "--key", cls.z.key("ci"), "--model", cls.z.model, *cls.flags)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.z.z5("down")
        cls.temporary.cleanup()

    def refused(self, answer, exit_status, rule):
        self.assertEqual(answer.exit, exit_status, answer)
        self.assertIn(rule, answer.rules, answer)

    def annotation(self, name):
        """A command that would be accepted: (file, Statement)."""
        return self.z.keep(name, "annotate", REF, "note=one", "--key", self.z.key("ci"))

    def changed(self, name, **fields):
        """That Statement with other fields and an id of its own."""
        _, statement = self.annotation(name)
        statement["predicate"].update(fields)
        return statement

    # --- who, when, where
    def test_a_replayed_command_gets_its_first_outcome(self):
        path, _ = self.annotation("replayed")
        first, again = self.z.must("send", path), self.z.must("send", path)
        self.assertEqual(first.json["sequence"], again.json["sequence"])
        self.assertEqual(first.json["entry_hash"], again.json["entry_hash"])

    def test_a_command_id_is_used_once(self):
        path, statement = self.annotation("reused")
        self.z.must("send", path)
        other = copy.deepcopy(statement)
        other["predicate"]["tags"] = {"note": "two"}
        self.refused(self.z.send(other, "ci"), 1, "command-id-reused")

    def test_wrong_ledger(self):
        statement = self.changed("wrong-ledger")
        statement["predicate"]["ledger"]["genesis"] = "sha256:" + "0" * 64
        self.refused(self.z.send(statement, "ci"), 1, "wrong-ledger")

    def test_a_history_that_is_not_this_ledgers(self):
        statement = self.changed("fork", seen={"size": "2", "root": "sha256:" + "1" * 64})
        self.refused(self.z.send(statement, "ci"), 1, "fork")

    def test_expired(self):
        statement = self.changed("expired", issued_at=rfc3339(-3), expires_at=rfc3339(-2))
        self.refused(self.z.send(statement, "ci"), 1, "expired")

    def test_not_yet_valid(self):
        statement = self.changed("early", issued_at=rfc3339(2), expires_at=rfc3339(3))
        self.refused(self.z.send(statement, "ci"), 1, "not-yet-valid")

    def test_a_life_longer_than_a_day(self):
        statement = self.changed("long", expires_at=rfc3339(48))
        self.refused(self.z.send(statement, "ci"), 2, "command-malformed")
        self.assertEqual(self.z.z5("annotate", REF, "a=b", "--key", self.z.key("ci"), "--life", "48h").exit, 2)

    def test_signed_by_nobody_known(self):
        self.z.must("keygen", "--out", self.z.keys / "stranger")
        self.refused(self.z.send(self.changed("stranger"), "stranger"), 1, "not-authenticated")

    def test_an_attest_key_signs_no_commands(self):
        self.refused(self.z.send(self.changed("attest-key"), "builder"), 1, "wrong-use")

    def test_a_serving_key_signs_no_commands(self):
        self.refused(self.z.send(self.changed("serving-key"), "server"), 1, "wrong-use")

    def test_another_tenant(self):
        answer = self.z.z5("submit", "other/model:1", "--key", self.z.key("ci"), "--model", self.z.model, *self.flags)
        self.refused(answer, 1, "not-authorised")

    def test_another_role(self):
        self.refused(self.z.z5("revoke", REF, "--reason", "test", "--key", self.z.key("ci")), 1, "not-authorised")

    def test_a_retired_actor(self):
        self.z.must("keygen", "--out", self.z.keys / "rita")
        request = self.z.folder / "rita.request"
        self.z.must("actor", "request", "--key", self.z.key("rita"), "--id", "rita", "--role", "submitter@acme",
                    "--out", request)
        admins = ["--key", self.z.key("ana"), "--cosign", self.z.key("ada")]
        alone = self.z.z5("actor", "enroll", request, "--key", self.z.key("ana"))
        self.refused(alone, 1, "quorum")
        self.z.must("actor", "request", "--key", self.z.key("rita"), "--id", "rita", "--role", "submitter@acme",
                    "--out", request)
        self.z.must("actor", "enroll", request, *admins)
        self.z.must("annotate", REF, "by=rita", "--key", self.z.key("rita"))
        self.z.must("actor", "retire", "rita", "--reason", "compromise", *admins)
        self.refused(self.z.z5("annotate", REF, "by=rita", "--key", self.z.key("rita")), 1, "actor-retired")
        again = self.z.folder / "again.request"
        self.z.must("actor", "request", "--key", self.z.key("rita"), "--id", "rita2", "--role", "submitter@acme",
                    "--out", again)
        self.refused(self.z.z5("actor", "enroll", again, *admins), 1, "key-enrolled")

    def test_one_admin_where_two_are_needed(self):
        bundle = self.z.folder / "policy"
        shutil.copytree(pathlib.Path(__file__).resolve().parents[3] / "ledger/policy/bundles/registry", bundle)
        (bundle / "registry" / "never.rego").write_text(
            'package registry.accept\n\ndeny contains {"rule": "never", "reason": "never"} if false\n')
        one = ["policy", "activate", bundle, "--key", self.z.key("ana")]
        self.refused(self.z.z5(*one), 1, "quorum")
        self.refused(self.z.z5(*one, "--cosign", self.z.key("ana")), 1, "cosigner-twice")
        self.assertNotEqual(self.z.must("policy", "digest", bundle).json["policy_digest"],
                            self.z.must("policy", "show").json["registry"])

    # --- what is signed
    def test_an_attestation_is_no_command(self):
        path = self.z.attest("ci", "urn:z5:predicate:fairness:v1", {"result": "PASS"}, self.z.model_digest(), "as-command")
        self.refused(self.z.z5("send", path), 2, "command-malformed")

    def test_no_command_is_an_attestation(self):
        (self.z.papers / "empty.json").write_text("{}")
        answer = self.z.z5("attest", "--key", self.z.key("ci"), "--type", "urn:z5:command:promote:v1", "--predicate",
                           self.z.papers / "empty.json", "--subject", "m@sha256:" + "0" * 64, "--out", self.z.papers / "no")
        self.assertEqual(answer.exit, 2, answer)

    def test_a_signature_holds_for_one_kind_only(self):
        path, statement = self.annotation("kind")
        statement["predicateType"] = "urn:z5:command:stage:v1"
        del statement["predicate"]["tags"]
        bundle = self.z.sign(statement, "ci")
        bundle["dsseEnvelope"]["signatures"] = self.z.bundle(path)["dsseEnvelope"]["signatures"]
        sent = self.z.folder / "kind.bundle"
        sent.write_text(json.dumps(bundle))
        self.refused(self.z.z5("send", sent), 1, "not-authenticated")

    def test_unknown_fields(self):
        self.refused(self.z.send(self.changed("unknown", force=True), "ci"), 2, "command-malformed")

    def test_a_kind_that_does_not_exist(self):
        statement = self.changed("kind-unknown")
        statement["predicateType"] = "urn:z5:command:rollback:v1"
        self.refused(self.z.send(statement, "ci"), 2, "command-malformed")
        self.assertEqual(self.z.z5("rollback", REF, "--key", self.z.key("release")).exit, 2)

    def test_hostile_names(self):
        for name in ("../model:1", "acme/../x:1", "acme/model:..", "acme/model", "acme/mo del:1", "acme/$(id):1",
                     "acme/model:1\n", "Acme/model:1", "acme/model:1/2", "", "/etc/passwd:1"):
            with self.subTest(name=name):
                answer = self.z.z5("submit", name, "--key", self.z.key("ci"), "--model", self.z.model)
                self.assertEqual(answer.exit, 2, answer)
                self.assertEqual(self.z.z5("show", name).exit, 2)
        for name in ("acme/mo\u0000del:1", "acme/model:1\r\n", "acme/..:1"):
            with self.subTest(name=name):
                self.refused(self.z.send(self.changed("hostile", ref=name), "ci"), 2, "command-malformed")

    # --- requests as bytes
    def test_malformed_requests(self):
        path, _ = self.annotation("bytes")
        text = path.read_text()
        cases = {"truncated": text[:-40], "not JSON": "<xml/>", "empty": "", "no UTF-8": b'{"command": "\xff\xfe"}',
                 "duplicate key": text.rstrip()[:-1] + ',"command":"AAAA"}', "unknown field": text.rstrip()[:-1] + ',"x":1}',
                 "deep": "[" * 1000 + "]" * 1000, "array": "[]", "base64": '{"command": "not base64!"}'}
        for name, body in cases.items():
            with self.subTest(case=name):
                status, document = self.z.post(body)
                self.assertEqual(status, 400, document)
                self.assertEqual(document["refusal"][0]["rule"], "request-malformed")
        status, _ = self.z.post('{"command": "' + "A" * (33 << 20) + '"}')
        self.assertEqual(status, 413)

    def test_a_bundle_with_two_signatures(self):
        path, _ = self.annotation("two")
        bundle = self.z.bundle(path)
        bundle["dsseEnvelope"]["signatures"] *= 2
        sent = self.z.folder / "two.bundle"
        sent.write_text(json.dumps(bundle))
        self.refused(self.z.z5("send", sent), 2, "bundle-malformed")

    # --- the model
    def other_model(self, name):
        folder = self.z.folder / name
        shutil.copytree(self.z.model, folder)
        return folder

    def submit(self, version, model, flags=None):
        return self.z.z5("submit", f"acme/model:{version}", "--key", self.z.key("ci"), "--model", model,
                         *(self.flags if flags is None else flags))

    def test_a_version_never_changes(self):
        self.refused(self.submit("1", self.z.model), 1, "version-exists")
        other = self.other_model("other-bytes")
        (other / "weights.bin").write_bytes(b"other")
        self.refused(self.submit("1", other, self.z.evidence(other, "other")), 1, "version-exists")

    def test_symlinks_git_and_strange_names_in_a_model(self):
        cases = {"link": lambda f: (f / "link").symlink_to("/etc/passwd"),
                 "dangling": lambda f: (f / "gone").symlink_to("nowhere"),
                 "git": lambda f: ((f / ".git").mkdir(), (f / ".git" / "HEAD").write_text("x")),
                 "gitattributes": lambda f: (f / ".gitattributes").write_text("x"),
                 "newline": lambda f: (f / "a\nb").write_text("x"),
                 "backslash": lambda f: (f / "a\\b").write_text("x")}
        for name, spoil in cases.items():
            with self.subTest(case=name):
                folder = self.other_model(f"spoilt-{name}")
                spoil(folder)
                answer = self.submit("spoilt", folder)
                self.assertEqual(answer.exit, 2, answer)

    def test_extra_missing_and_changed_files(self):
        def extra(folder):
            (folder / "backdoor.py").write_text("print()")

        def missing(folder):
            (folder / "config.json").unlink()

        def changed(folder):
            (folder / "weights.bin").write_bytes(bytes(range(255, -1, -1)))

        for spoil in (extra, missing, changed):
            with self.subTest(case=spoil.__name__):
                folder = self.other_model(f"model-{spoil.__name__}")
                spoil(folder)
                self.refused(self.submit("spoilt", folder), 1, "model-signature")

    def test_a_dry_run_lists_all_and_appends_nothing(self):
        answer = self.z.z5("submit", "acme/model:dry", "--key", self.z.key("ci"), "--model", self.z.model, "--dry-run")
        self.assertEqual(answer.exit, 1)
        missing = {"model-signature", "provenance", "sbom", "model-card", "security-decision", "dataset-snapshot", "purpose"}
        self.assertLessEqual(missing, set(answer.rules), answer)
        self.assertEqual(self.z.z5("show", "acme/model:dry").exit, 1)
        good = self.z.must("submit", "acme/model:dry", "--key", self.z.key("ci"), "--model", self.z.model, "--dry-run",
                           *self.flags)
        self.assertTrue(good.json["dry_run"])
        self.assertEqual(self.z.z5("show", "acme/model:dry").exit, 1)

    # --- what the client keeps
    def test_a_ledger_that_goes_back_is_found_out(self):
        kept = next((self.z.home / "heads").glob("*.json"))
        before = kept.read_text()
        command = ["annotate", REF, "a=b", "--key", self.z.key("ci")]
        try:
            head = json.loads(before)
            kept.write_text(json.dumps({**head, "size": str(10**9)}))
            self.assertEqual(self.z.z5(*command).exit, 4)
            kept.write_text(json.dumps({**head, "root": "sha256:" + "2" * 64}))
            self.assertEqual(self.z.z5(*command).exit, 4)
            kept.write_text("{}")
            self.assertEqual(self.z.z5(*command).exit, 4)
        finally:
            kept.write_text(before)
        self.assertEqual(self.z.z5(*command).exit, 0)

    def test_a_checkpoint_by_another_key_is_found_out(self):
        other = self.z.folder / "other-trust"
        shutil.copytree(self.z.home, other)
        trust = json.loads((other / "trust.json").read_text())
        self.z.must("keygen", "--out", self.z.keys / "another-ledger")
        pem = (self.z.keys / "another-ledger.pub").read_text().splitlines()
        trust["keys"][0]["key"] = "".join(pem[1:-1])
        (other / "trust.json").write_text(json.dumps(trust))
        self.assertEqual(self.z.z5("annotate", REF, "a=b", "--key", self.z.key("ci"), home=other).exit, 4)

    # --- services
    def test_a_second_writer(self):
        self.assertEqual(self.z.run("z5-ledger").exit, 3)
        self.assertEqual(self.z.must("status").json["services"][0]["ready"], True)

    def test_up_twice(self):
        before = self.z.must("status").json["services"]
        self.z.must("up")
        self.assertEqual([s["pid"] for s in before], [s["pid"] for s in self.z.must("status").json["services"]])

    def test_services_without_home_or_keys(self):
        nowhere = self.z.folder / "nowhere"
        for program in ("z5-ledger", "z5-permit"):
            with self.subTest(program=program):
                answer = self.z.run(program, home=nowhere)
                self.assertEqual(answer.exit, 2, answer)
                self.assertIn("z5 init", answer.err)
        made = self.z.init(self.z.folder / "keyless")
        self.assertEqual(made.exit, 0, made)
        for name, program in (("ledger", "z5-ledger"), ("permit", "z5-permit")):
            (self.z.folder / "keyless" / "keys" / f"{name}.key").unlink()
            with self.subTest(program=program):
                answer = self.z.run(program, home=self.z.folder / "keyless")
                self.assertEqual(answer.exit, 2, answer)
                self.assertIn(f"{name}.key", answer.err)

    def test_other_machines_only_with_tls(self):
        home = self.z.folder / "open"
        self.assertEqual(self.z.init(home).exit, 0)
        config = home / "config.toml"
        config.write_text(config.read_text().replace('"127.0.0.1"', '"0.0.0.0"'))
        for program in ("z5-ledger", "z5-permit"):
            with self.subTest(program=program):
                answer = self.z.run(program, home=home)
                self.assertEqual(answer.exit, 2, answer)
                self.assertRegex(answer.err, "(?i)tls")
        self.assertEqual(self.z.z5("up", home=home).exit, 2)

    def test_a_stale_number_is_not_believed(self):
        home = self.z.folder / "stale"
        self.assertEqual(self.z.init(home).exit, 0)
        note = {"service": "ledger", "pid": 1, "address": "127.0.0.1", "port": 1, "tls": False}
        (home / "run" / "ledger.json").write_text(json.dumps(note))
        status = self.z.z5("status", home=home)
        self.assertEqual(status.exit, 3, status)
        self.assertFalse(status.json["services"][0]["running"])
        self.assertEqual(self.z.z5("down", home=home).json["stopped"], [])
        self.assertEqual(self.z.z5("annotate", REF, "a=b", "--key", self.z.key("ci"), home=home).exit, 3)

    # --- usage
    def test_usage(self):
        for arguments in ([], ["nonsense"], ["submit"], ["stage", REF], ["stage", REF, "--key", "/nowhere.key"],
                          ["promote", REF, "--key", self.z.key("release")], ["promote", REF, "--to", "production"],
                          ["quarantine", REF, "--key", self.z.key("rob"), "--reason", "x", "--review-by", "soon"],
                          ["revoke", REF, "--key", self.z.key("rob"), "--reason", "two words"],
                          ["keygen", "--out", self.z.keys / "ci"], ["submit", REF, "--key", self.z.key("ci")]):
            with self.subTest(arguments=arguments):
                answer = self.z.z5(*arguments)
                self.assertEqual(answer.exit, 2, answer)
                self.assertIn("error", answer.json)

    def test_init_never_overwrites(self):
        before = (self.z.home / "trust.json").read_text()
        self.assertEqual(self.z.init().exit, 2)
        self.assertEqual((self.z.home / "trust.json").read_text(), before)

    def test_a_home_is_made_whole_or_not_at_all(self):
        home = self.z.folder / "half"
        answer = self.z.z5("init", "--ledger", "No", "--actors", self.z.keys / "actors.toml", home=home)
        self.assertEqual(answer.exit, 2)
        bad = self.z.folder / "bad-policy"
        bad.mkdir()
        (bad / "x.rego").write_text("package registry.accept\n\nallow if nonsense(\n")
        answer = self.z.z5("init", "--ledger", "x", "--actors", self.z.keys / "actors.toml", "--policy", bad, home=home)
        self.assertEqual(answer.exit, 2)
        self.assertFalse(home.exists())


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
