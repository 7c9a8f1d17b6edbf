#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""corpus_test.py Z5: each case of the evidence corpora through the programs, as people call them.

Goal: `z5 evidence check` and `sigstore-client` judge real and tampered evidence as the index expects. Method: one
process a case; the table (case, program, expected, got, rule) is printed and any deviation fails. The corpus of our
own (corpus/, made by make_corpus) always runs; the larger one (../shared/evidence, or $Z5_EVIDENCE_CORPUS) when it is
there. The client is asked only what its protocol can say: it has no predicate type, folder or policy.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLIENT = HERE / "sigstore-client"
KINDS = {"oms-sigstore-bundle": "oms", "oms-schema-vector": "oms", "sigstore-bundle": "bundle", "bare-dsse": "provenance",
         "cyclonedx-vuln-scan": "scan", "cyclonedx-vex": "vex", "hf-modelcard": "model-card"}
STARTS = {"policy-": "scan", "openvex-": "vex", "cyclonedx-": "sbom", "spdx-": "sbom"}
WHEN = "2026-11-24T12:00:00Z"  # certificates without a verified time are judged then


def kind_of(case):
    kind = KINDS.get(case["format"]) or next(k for start, k in STARTS.items() if case["format"].startswith(start))
    # Provenance without a stated type: the kind stands for both versions of SLSA.
    if kind == "bundle" and "/slsa/" in case["file"] and not case.get("predicateType"):
        return "provenance"
    return kind


def peek(path):
    """(predicate type, own artifact digest) as the bundle states them, or None."""
    try:
        document = json.loads(path.read_bytes())
        if "messageSignature" in document:
            return None, "sha256:" + base64.b64decode(document["messageSignature"]["messageDigest"]["digest"]).hex()
        return json.loads(base64.b64decode(document["dsseEnvelope"]["payload"]))["predicateType"], None
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def z5_call(z5, corpus, models, case):
    kind, path = kind_of(case), corpus / case["file"]
    call = [z5, "--json", "evidence", "check", "--kind", kind, path]
    if kind not in ("oms", "bundle", "provenance"):
        return call
    artifact = corpus / case["artifact"] if case.get("artifact") else None
    if kind == "bundle" and artifact is None and not case.get("model"):
        artifact = peek(path)[1]
    trust = case.get("trust", "")
    options = {"--at": WHEN, "--artifact": artifact, "--type": case.get("predicateType"),
               "--model": models / pathlib.Path(case["model"]).name if case.get("model") else None,
               "--key": corpus / (case.get("key") or trust) if case.get("key") or trust.endswith(".pub") else None,
               "--anchor": corpus / trust if trust.endswith(".pem") else None,
               "--trusted-root": corpus / case["trusted_root"] if case.get("trusted_root") else None,
               "--identity": case.get("identity"), "--issuer": case.get("issuer"), "--log": case.get("tlog"),
               "--sct": case.get("sct")}
    for option, value in options.items():
        if value is not None:
            call += [option, value]
    return call


def client_call(corpus, case):
    """The same question in the public protocol, or None when it has no words for it."""
    if case["format"] != "sigstore-bundle" or not case.get("artifact") or case.get("model"):
        return None
    path = corpus / case["file"]
    if case.get("predicateType") and case["predicateType"] != peek(path)[0]:
        return None
    call = [CLIENT, "verify-bundle", "--bundle", path]
    if case.get("key") and case.get("tlog") == "none":
        call += ["--key", corpus / case["key"]]
    elif case.get("identity") and case.get("issuer") and "tlog" not in case and "sct" not in case:
        call += ["--certificate-identity", case["identity"], "--certificate-oidc-issuer", case["issuer"],
                 "--trusted-root", corpus / case["trusted_root"]]
    else:
        return None
    return call + [corpus / case["artifact"]]


def judge(call):
    """(accept | reject | exit N, the rule of a refusal)."""
    done = subprocess.run(list(map(str, call)), capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=120)
    word = {0: "accept", 1: "reject"}.get(done.returncode, f"exit {done.returncode}")
    try:
        rules = [each["rule"] for each in json.loads(done.stdout).get("refusal", [])]
    except ValueError:
        rules = []
    return word, " ".join(rules)


def run(name, corpus, z5):
    deviations, asked = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        models = pathlib.Path(folder)
        for tar in (corpus / "models").glob("*.tar*"):
            subprocess.run(["tar", "-xf", tar, "-C", models], check=True)
        if not any(models.iterdir()):
            models = corpus / "models"
        for case in json.loads((corpus / "index.json").read_text()):
            for program, call in (("z5", z5_call(z5, corpus, models, case)), ("client", client_call(corpus, case))):
                if call is None or (program == "client" and not is_release(z5)):
                    continue
                got, rule = judge(call)
                asked += 1
                deviations += got != case["expect"]
                print(f"{'ok   ' if got == case['expect'] else 'WRONG'} {program:6} {case['expect']:6} {got:6} "
                      f"{case['file']:62} {rule}")
    print(f"{name}: {asked} judged, {deviations} otherwise than expected\n")
    return asked, deviations


def is_release(z5):
    """The client calls the release build's program only."""
    return pathlib.Path(z5).resolve() == (ROOT / "build" / "release" / "bin" / "z5").resolve()


def main(z5):
    asked, deviations = run("own corpus", HERE / "corpus", z5)
    shared = os.environ.get("Z5_EVIDENCE_CORPUS")
    places = [pathlib.Path(shared)] if shared else [ROOT / "../shared/evidence", ROOT / "../../shared/evidence"]
    found = next((place.resolve() for place in places if (place / "index.json").exists()), None)
    if found:
        more = run(str(found), found, z5)
        asked, deviations = asked + more[0], deviations + more[1]
    else:
        print(f"the larger corpus is absent ({places[0]}); only our own was judged")
    return 1 if deviations or asked < 50 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
