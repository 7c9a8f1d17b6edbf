// SPDX-License-Identifier: Apache-2.0
// `z5 evidence check` for signatures: the files and options of the command line to one verdict with
// a report. Reads files; everything that judges is in the other headers. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ledger/evidence/sigstore/verify.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::sigstore {

enum class CheckKind { Oms, Bundle, Provenance };

struct CheckRequest {
  CheckKind kind = CheckKind::Bundle;
  std::filesystem::path file;           // the bundle
  std::optional<std::string> artifact;  // a path, or "sha256:<hex>" where no such file exists
  std::optional<std::filesystem::path> model;  // a directory
  std::optional<std::string> type;  // predicateType; required for an envelope of kind Bundle
  std::optional<std::filesystem::path> key;     // PEM public key
  std::optional<std::filesystem::path> anchor;  // PEM certificates
  std::optional<std::filesystem::path> trusted_root;
  std::optional<std::string> identity, issuer;
  std::optional<Need> log, sct,
      timestamp;           // default: required with trusted_root (sct for certificates), else none
  std::optional<Time> at;  // the time of judgment; default now
  Time now;
};

// The report says what was bound: {kind, verified, signer: {kind, key, identity, issuer,
// certificate}, signed_at, verified_times, log_entries, timestamps, sct, artifact, predicate_type,
// payload_digest, subjects, model}.
//
// Kind Oms without any trust (key, anchor, trusted root) checks the form only and reports
// "verified": false: the signature was not looked at. Kind Bundle with --model checks an OMS bundle
// against the directory.
//
// Error: an option's file cannot be read, or is no key, certificate (exit 2). Refusal: the evidence
// is refused, malformed evidence and a malformed trusted root included (exit 1).
Result<Verdict<Json>> check(const CheckRequest& request);

}  // namespace z5::sigstore
