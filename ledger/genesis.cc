// SPDX-License-Identifier: Apache-2.0
#include "ledger/genesis.h"

#include "ledger/gate/named_documents.h"
#include "schemas/entry.h"

namespace z5::ledger {
namespace {

// No ledger is older than the program that opens it: a clock before this is wrong.
constexpr std::string_view kBuildDate = "2026-11-24T00:00:00Z";

template <class Event>
Status add(chain::Sealer& sealer, const log::EvidenceStore& store, Event event) {
  Entry entry;
  entry.decision = std::make_unique<fb::DecisionT>();
  entry.event.Set(std::move(event));
  Z5_TRY(const std::vector<Digest> documents, gate::named_documents(entry, store));
  sealer.carry(documents);
  Z5_TRY([[maybe_unused]] const std::uint64_t sequence, sealer.add(entry, {}));
  return Done{};
}

Status store_bundle(const policy::Bundle& bundle, const log::EvidenceStore& store) {
  const std::vector<Bytes> documents = policy::documents(bundle);
  const std::vector<std::string_view> views(documents.begin(), documents.end());
  Z5_TRY([[maybe_unused]] const auto digests, store.put(views));
  return Done{};
}

}  // namespace

Result<chain::Trust> open_ledger(const Genesis& genesis, std::unique_ptr<log::Writer> log,
                                 const std::string& checkpoint_path,
                                 const log::EvidenceStore& store) {
  if (genesis.now < *from_rfc3339(kBuildDate))
    return invalid("clock: lies before the build date of this program");
  Z5_CHECK(store_bundle(genesis.registry, store));
  Z5_CHECK(store_bundle(genesis.authz, store));
  const chain::Trust fresh{
      .origin = genesis.origin,
      .genesis = {},
      .keys = {{.key = genesis.key.public_key(), .first_size = 0, .last_size = {}}}};
  Z5_TRY(auto appender, chain::Appender::open(std::move(log), {fresh, genesis.key, checkpoint_path},
                                              [](const chain::VerifiedGroup&) -> Status {
                                                return conflict("ledger: is not empty");
                                              }));
  chain::Sealer& sealer = appender->sealer();
  Z5_CHECK(sealer.begin(genesis.now));
  fb::LedgerOpenedT opened;
  opened.origin = genesis.origin;
  opened.id = genesis.id;
  opened.key.assign(genesis.key.public_key().spki().begin(), genesis.key.public_key().spki().end());
  opened.admin_threshold = genesis.actors.admin_threshold;
  opened.recovery_threshold = genesis.actors.recovery_threshold;
  Z5_CHECK(add(sealer, store, std::move(opened)));
  for (const fb::ActorEnrolledT& actor : genesis.actors.actors) Z5_CHECK(add(sealer, store, actor));
  fb::PolicyActivatedT policy;
  policy.registry = genesis.registry.digest();
  policy.authz = genesis.authz.digest();
  Z5_CHECK(add(sealer, store, std::move(policy)));
  Z5_TRY([[maybe_unused]] const chain::Committed committed, appender->commit());
  return appender->trust();
}

}  // namespace z5::ledger
