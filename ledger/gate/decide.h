// SPDX-License-Identifier: Apache-2.0
// The gate's last two steps: policy says whether it is enough, and the floor in C++ (transitions,
// four eyes, separation of duties, quorum) that policy can raise but not lower. Pure: state,
// command, evidence and time in, events or refusals out. Runs on the writer's thread, on the
// writer's own fold.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/gate/evidenced.h"
#include "ledger/gate/state.h"
#include "ledger/identity/authenticate.h"
#include "schemas/entry.h"

namespace z5::gate {

// What the gate lets happen. Only decide() makes one.
class Decided {
 public:
  // The command's own event, then its companions; `cause` of a companion is filled in by the
  // writer, who knows the sequence.
  std::vector<fb::EventUnion>& events() { return events_; }
  const std::vector<fb::EventUnion>& events() const { return events_; }
  // Bytes that the events name and that must be in the evidence store before them.
  const std::vector<Bytes>& artefacts() const { return artefacts_; }
  // What was decided on the `i`-th event: on an incident and what follows from it, that the
  // evidence does no longer hold and by which rules.
  const fb::DecisionT& decision(std::size_t i) const {
    return i > 0 && incident_ ? *incident_ : decision_;
  }

 private:
  friend class Ruling;
  Decided() = default;
  std::vector<fb::EventUnion> events_;
  std::vector<Bytes> artefacts_;
  fb::DecisionT decision_;
  std::optional<fb::DecisionT> incident_;
};

// Every reason at once, so that a dry run lists all that is missing. `conflict` is 409, otherwise
// 403.
struct Refused {
  bool conflict = false;
  std::vector<Refusal> refusals;  // never empty; the first one's rule is recorded
  fb::DecisionT decision;
};

struct DecideInput {
  const State& state;
  const identity::Authentic& authentic;
  const Evidenced& evidenced;
  Bundles& bundles;
  Time now;                     // the group's time
  std::string engine;           // "opa/1.22.2", part of the field of view
  std::string dashboards_base;  // start of the links in dashboards_links.json; empty = no links
};

Expected<Decided, Refused> decide(const DecideInput& input);

// What an actor wants to act on: a tenant and a "tenant/model" ("" = the ledger itself), its
// labels, and the persons that sign.
struct AuthorisationScope {
  std::string_view tenant = "";
  std::string_view model = "";
  std::vector<std::string> labels = {};
  std::size_t quorum_needed = 0, quorum_have = 0;
};
// The authorisation question alone (registry.authz), which comes before any look at versions. Also
// asked by readers: `action` is a command kind, "read" or "permit". Refusal: always
// `not-authorised`, without detail.
Verdict<policy::Decision> authorise(Bundles& bundles, const Digest& authz,
                                    const identity::Actor& actor, std::string_view action,
                                    const AuthorisationScope& scope);

// What the registry bundle leaves to its data and facts depend on; the defaults where it says
// nothing.
evidence::Data evidence_data(Bundles& bundles, const Digest& registry);

// What an approver signs, as the writer would check it now.
struct FieldOfView {
  std::string ref;
  Digest model_digest;
  Digest evidence_root;
  Digest facts;
  Digest policy;
  std::string engine;
  std::string serving;
};
// The facts of a version under today's trust. `now` is the first_recorded of documents not recorded
// yet.
evidence::Collected collect(const State& state, const Version& version, const Evidenced& evidenced,
                            Bundles& bundles, Time now);
// The same of any documents, all recorded, with the data of any registry bundle.
evidence::Collected collect(const State& state, const Version& version,
                            std::span<const evidence::Submitted> documents, Bundles& bundles,
                            const Digest& registry, Time now);

}  // namespace z5::gate
