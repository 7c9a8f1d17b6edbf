// SPDX-License-Identifier: Apache-2.0
// Where commands come in, whatever carried them: reads the request, finds out who signed, checks
// the rate, asks whether the author may ask this at all, fetches and examines the evidence, and
// hands over to the writer. Works on snapshots; any thread, many at once.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ledger/identity/authenticate.h"
#include "ledger/write_path.h"

namespace z5::ledger {

// The request as sent (DESIGN section 5): {"command": base64 of the bundle, "cosigners": [base64…],
// "evidence":
// [{"digest", "media_type", "content": base64}]}.
struct CommandRequest {
  std::vector<Bytes> bundles;     // the author's, then the cosigners'
  gate::Attachments attachments;  // by digests computed here
};
// Invalid, naming the field: not of that form, too many or too large parts, content that has not
// the digest it claims.
Result<CommandRequest> parse_request(std::string_view json);
std::string write_request(const CommandRequest& request);

class Intake {
 public:
  // All must outlive it.
  Intake(WritePath& writer, gate::Bundles& bundles, const log::EvidenceStore& store, Clock clock,
         const RateLimits& rates);

  // Calls `reply` once, here or on the writer's thread. The outcome names the command exactly when
  // somebody known signed it.
  void take(std::string_view request, Reply reply);

  struct View {
    gate::FieldOfView view;
    Json facts;
    std::vector<evidence::Note> notes;
  };
  // What an approver of this version would sign now. Invalid: unknown version.
  void field_of_view(const std::string& ref, std::function<void(Result<View>)> reply);

 private:
  WritePath& writer_;
  gate::Bundles& bundles_;
  gate::EvidenceStep evidence_step_;
  Clock clock_;
  Rate command_rate_;
};

}  // namespace z5::ledger
