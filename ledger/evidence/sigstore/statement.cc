// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/statement.h"

#include <fmt/format.h>

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

Result<Subject> read_subject(const Json& object) {
  constexpr std::string_view kWhere = "subject";
  Subject subject;
  Z5_TRY(subject.name, json_string_or(object, "name", "", kWhere));
  Z5_TRY(const Json* digests, json_object(object, "digest", kWhere));
  for (const auto& [algorithm, value] : digests->items()) {
    if (!value.is_string()) return invalid("subject.digest: expected strings");
    std::string hex = value.get<std::string>();
    if (hex.empty() || !from_hex(hex).ok())
      return invalid("subject.digest: expected lower-case hex");
    if (algorithm == "sha256" && hex.size() != 64)
      return invalid("subject.digest.sha256: expected 64 hex digits");
    subject.digest.emplace(algorithm, std::move(hex));
  }
  if (subject.digest.empty()) return invalid("subject.digest: empty");
  return subject;
}

Result<Statement> read_statement(std::string_view payload) {
  Z5_TRY(const Json root, parse_json(payload, limits::kMaxBundle));
  Z5_TRY(const std::string type, json_string(root, "_type", ""));
  Statement out;
  out.is_v1 = type == "https://in-toto.io/Statement/v1";
  if (!out.is_v1 && type != "https://in-toto.io/Statement/v0.1") {
    return invalid("_type: expected https://in-toto.io/Statement/v1 or v0.1");
  }
  Z5_TRY(const Json* subjects, json_array(root, "subject", ""));
  if (subjects->empty()) return invalid("subject: empty");
  if (subjects->size() > limits::kMaxSubjects) return invalid("subject: too many");
  for (const Json& each : *subjects) {
    if (!each.is_object()) return invalid("subject: expected objects");
    Z5_TRY(Subject subject, read_subject(each));
    out.subjects.push_back(std::move(subject));
  }
  Z5_TRY(out.predicate_type, json_string(root, "predicateType", ""));
  if (out.predicate_type.empty()) return invalid("predicateType: empty");
  out.predicate = Json::object();
  if (root.contains("predicate")) {
    Z5_TRY(const Json* predicate, json_object(root, "predicate", ""));
    out.predicate = *predicate;
  }
  out.payload_digest = sha256(payload);
  return out;
}

}  // namespace

Verdict<Statement> parse_statement(std::string_view payload) {
  return under("statement-malformed", read_statement(payload));
}

Verdict<Done> names_subject(const Statement& statement, const Digest& sha256) {
  const std::string hex = sha256.hex();
  for (const Subject& subject : statement.subjects) {
    const auto found = subject.digest.find("sha256");
    if (found != subject.digest.end() && found->second == hex) return Done{};
  }
  return refuse("subject-mismatch", fmt::format("subject: none has the digest sha256:{}", hex));
}

}  // namespace z5::sigstore
