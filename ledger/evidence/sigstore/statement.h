// SPDX-License-Identifier: Apache-2.0
// in-toto Statements (in-toto/attestation spec v1, and v0.1, which cosign still writes): what an
// attestation says about which subjects. Reading proves nothing; verify.h does. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::sigstore {

struct Subject {
  std::string name;
  std::map<std::string, std::string> digest;  // algorithm → lower-case hex, never empty
};

struct Statement {
  bool is_v1 = false;  // "_type": v1 or v0.1
  std::vector<Subject> subjects;
  std::string predicate_type;
  Json predicate;         // an object; empty when absent
  Digest payload_digest;  // of the exact bytes
};

// Refusal `statement-malformed`: unreadable, another _type, no subject, a subject without digest, a
// digest that is not lower-case hex, no predicateType. Fields that the specification does not know
// are ignored, as it demands.
Verdict<Statement> parse_statement(std::string_view payload);

// Some subject has this SHA-256. Refusal `subject-mismatch`.
Verdict<Done> names_subject(const Statement& statement, const Digest& sha256);

}  // namespace z5::sigstore
