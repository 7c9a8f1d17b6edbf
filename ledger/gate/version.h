// SPDX-License-Identifier: Apache-2.0
// A model version as its events leave it: the fold of one stream (tenant/model:version), without a
// clock. The writer keeps versions in memory, the projections in RocksDB; both apply events here.
// Values; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/identity/actor.h"
#include "schemas/entry.h"
#include "schemas/ids.h"
#include "schemas/time.h"

namespace z5::gate {

struct Approval {
  std::uint64_t sequence = 0;
  std::string actor;
  fb::ApprovalGrantedT view;  // role, person and the field of view that was signed
};

struct Hold {
  std::uint64_t sequence = 0;  // of the VersionQuarantined event
  Time review_by;
  bool overdue = false;
};

// What a decision record asks for by a date.
struct Condition {
  Time due;
  Digest text;  // SHA-256
  bool overdue = false;
};

// A document that a version rests on. `attacher` indexes Version::attachers.
struct HeldDocument {
  Digest digest;
  Time first_recorded;
  std::uint8_t kind = 0;  // document_kinds() index
  std::uint8_t attacher = 0;
};
const std::vector<std::string>& document_kinds();
std::uint8_t document_kind_index(std::string_view kind);  // asserts that it is one

struct Version {
  std::string ref;
  Digest model_digest;
  fb::Stage stage = fb::Stage::None;
  std::optional<Hold> hold;
  std::vector<HeldDocument> documents;
  std::vector<std::string> attachers;  // persons; "" for a workload
  Digest evidence_root;
  Digest facts;
  Digest policy;  // registry bundle that it is bound to
  std::string run_id;
  std::string dataset;  // NAME@SNAPSHOT
  Digest container_digest;
  std::vector<std::string>
      persons;            // behind any counted fact, the submitter and hold lifters; sorted
  std::string submitter;  // actor
  std::vector<std::string> labels;  // newest set of the DLP officer
  // Dated ones of the newest SCDR and ADR, sorted by (due, text). One that a newer record leaves
  // out, or puts off, is settled.
  std::vector<Condition> conditions;
  std::vector<Approval> approvals;  // live ones only
  std::uint64_t submitted = 0;      // sequences
  std::uint64_t changed = 0;
  bool once_served = false;

  Reference reference() const { return *parse_reference(ref); }
};

// Applies an event about a version to it; `version` is null before VersionSubmitted. `actors` are
// those of that moment (for the persons behind documents). Gives the version as it is then.
// Corrupt, naming the sequence: an event that cannot follow.
Result<std::shared_ptr<const Version>> apply_event(std::shared_ptr<const Version> version,
                                                   const Entry& entry,
                                                   const identity::Actors& actors);

}  // namespace z5::gate
