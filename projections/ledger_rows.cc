// SPDX-License-Identifier: Apache-2.0
#include "projections/ledger_rows.h"

#include <map>

namespace z5::projections {

std::optional<Family> ledger_family(fb::Event event) {
  switch (event) {
    case fb::Event::LedgerOpened:
    case fb::Event::QuorumSet:
    case fb::Event::ActorEnrolled:
    case fb::Event::ActorRetired:
      return Family::Actors;
    case fb::Event::PolicyActivated:
      return Family::Policies;
    case fb::Event::TrustRootSet:
      return Family::Trust;
    default:
      return std::nullopt;
  }
}

Status fold_ledger(const Database& database, const chain::Trust& trust, gate::State& into) {
  std::map<std::uint64_t, std::string> bodies;
  std::map<std::string, std::shared_ptr<const sigstore::TrustDocument>, std::less<>> documents;
  for (const Family family : {Family::Actors, Family::Policies, Family::Trust}) {
    Z5_CHECK(database.scan(
        family, "", "", nullptr, [&](std::string_view key, std::string_view body) -> Result<bool> {
          if (family == Family::Trust && key.size() == sizeof(Digest::bytes)) {
            documents.emplace(key, sigstore::held_trust_document(body));
            return true;
          }
          if (key.size() != 8)
            return corrupt("store: a key of actors or policies is no sequence; rebuild the store");
          bodies.emplace(sequence_of(key), body);
          return true;
        }));
  }
  for (const auto& [sequence, body] : bodies) {
    const auto entry = decode_entry(body);
    if (!entry.ok()) return corrupt("store: " + entry.error().message + "; rebuild the store");
    std::shared_ptr<const sigstore::TrustDocument> document;
    if (const auto* root = event_if<fb::TrustRootSetT>(*entry)) {
      if (const auto found = documents.find(root->document.view()); found != documents.end())
        document = found->second;
    }
    Z5_CHECK(into.apply(*entry, nullptr, std::move(document)));
  }
  into.set_genesis(trust.genesis);
  return Done{};
}

std::shared_ptr<const LedgerView> ledger_view(const gate::State& state, chain::Head head,
                                              std::string checkpoint) {
  return std::make_shared<const LedgerView>(
      LedgerView{state.name(), state.id(), state.actors(), state.policies(), state.trust(),
                 state.quorum(), std::move(head), std::move(checkpoint)});
}

}  // namespace z5::projections
