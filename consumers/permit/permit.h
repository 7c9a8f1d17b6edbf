// SPDX-License-Identifier: Apache-2.0
// The read path of the ledger: may this serving actor load this version now? permit.cc tells it
// from the request to the signed answer. Any thread, many at once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/permit/decision_log.h"
#include "consumers/verify/permit.h"
#include "ledger/gate/bundles.h"
#include "ledger/policy/recent.h"
#include "projections/projector.h"

namespace z5::permit {

struct PermitRequest {
  std::string model;             // "tenant/model:version" or "tenant/model@serving"
  std::vector<Digest> policies;  // of the bundles that the consumer holds
  std::string nonce;             // lower-case hex
  std::uint64_t min_sequence = 0;
};
// Invalid, naming the field: not of the form of schemas/openapi.yaml.
Result<PermitRequest> parse_permit_request(std::string_view body);

// Why there is no permit: the gate says no, with every reason (403); or this service cannot say
// (503), and `refusals` is empty.
struct NoPermit {
  std::vector<Refusal> refusals;
  Error error{ErrorCode::Unavailable, ""};
};

// What the bound policy says about a version whose evidence was verified again.
struct Ruling {
  std::vector<Refusal> refusals;  // empty: permitted
  std::vector<std::string> artifact_uris;
};

class Permits {
 public:
  struct Settings {
    keys::PrivateKey key;  // of an enrolled service actor
    std::chrono::nanoseconds life = limits::kPermitLife;
    std::chrono::nanoseconds max_lag;
    std::function<Time()> clock;
  };
  // All must outlive it.
  Permits(Settings settings, const projections::Projector& projector, gate::Bundles& bundles,
          const log::EvidenceStore& store, DecisionLog& decisions);

  // The signed permit (a bundle) for `caller`, an actor that was authenticated. Either way the
  // decision is in the log, or the answer is Unavailable.
  Expected<std::string, NoPermit> answer(const std::string& caller, const PermitRequest& asked);

  // Whether permits can be given at all: fresh, a decision log that takes decisions, a service key
  // that is enrolled and active.
  Status ready() const;

 private:
  // Every input of a ruling, so that none of them can change behind a memoised one. A version is
  // the fold of its entries up to `changed`; the actors are those of `actors_version`, the roots
  // those of the digest `trust` (withdrawal is an entry, a list that ends is `period`'s); the
  // documents are named by their digests in the version; the data of policy is in the bundle
  // `policy`.
  struct Question {
    std::string ref;
    std::uint64_t changed;
    std::uint64_t actors_version;
    Digest trust;
    Digest policy;
    Digest runtime_policy;
    fb::Environment environment;
    std::int64_t period;  // now in units of limits::kMemoLife
    bool operator==(const Question&) const = default;
  };
  struct HashQuestion {
    std::size_t operator()(const Question& question) const noexcept;
  };
  // Of an authorisation; its answer depends on nothing else (registry.authz sees no time).
  struct Permission {
    std::string actor, ref;
    std::uint64_t actors_version, changed;
    Digest authz;
    bool operator==(const Permission&) const = default;
  };
  struct HashPermission {
    std::size_t operator()(const Permission& permission) const noexcept;
  };
  struct Asking;  // one request under way

  Expected<verify::Permit, NoPermit> judge(Asking& asking);
  Expected<const identity::Actor*, NoPermit> serving_actor(const Asking& asking) const;
  Expected<std::shared_ptr<const gate::Version>, NoPermit> authorised_version(
      const Asking& asking, const identity::Actor& actor);
  Expected<std::shared_ptr<const Ruling>, NoPermit> rule(const Asking& asking,
                                                         const gate::Version& version,
                                                         const identity::Actor& actor,
                                                         const Digest& runtime_policy);
  Status service_key_holds(const projections::LedgerView& ledger) const;
  Status record(const Asking& asking, std::string_view rules, std::string_view bundle);

  Settings settings_;
  const Digest key_digest_;
  const projections::Projector& projector_;
  gate::Bundles& bundles_;
  const log::EvidenceStore& store_;
  DecisionLog& decisions_;
  policy::Recent<Question, std::shared_ptr<const Ruling>, HashQuestion> rulings_;
  policy::Recent<Permission, bool, HashPermission> permissions_;  // granted ones only
};

}  // namespace z5::permit
