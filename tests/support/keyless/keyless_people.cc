// SPDX-License-Identifier: Apache-2.0
#include "tests/support/keyless/keyless_people.h"

#include "ledger/evidence/sigstore/trust_roots.h"

namespace z5::support {
namespace {

constexpr const char* kIssuer = "https://issuer.example.test";

std::string name_of(const std::string& id) { return id + "@example.test"; }

}  // namespace

ledger::Outcome KeylessPeople::trust(World& world, const Json& times) const {
  return world.set_root(kRootName, stack_.trusted_root().dump(), times);
}

Digest KeylessPeople::identity_of(const std::string& id) {
  return sigstore::identity_digest(kIssuer, name_of(id));
}

ledger::Outcome KeylessPeople::enroll(World& world, const std::string& id, const std::string& use,
                                      const std::vector<std::string>& roles, bool workload) const {
  Json actor = {{"id", id},
                {"kind", workload ? "workload" : "person"},
                {"use", use},
                {"identity", {{"issuer", kIssuer}, {"subject", name_of(id)}}},
                {"roles", roles}};
  if (!workload) actor["person"] = id;
  return world.send(world.sign(world.command(identity::Kind::EnrollActor, "", identity_of(id),
                                             {{"actor", std::move(actor)}}),
                               "ana", {"ada"}));
}

ledger::Outcome KeylessPeople::retire(World& world, const std::string& id,
                                      const std::string& reason, Time invalid_since) const {
  Json fields = {{"actor", id}, {"reason", reason}};
  if (invalid_since.is_set()) fields["invalid_since"] = to_rfc3339(invalid_since);
  return world.send(
      world.sign(world.command(identity::Kind::RetireActor, "", identity_of(id), std::move(fields)),
                 "ana", {"ada"}));
}

Json KeylessPeople::sign(const std::string& payload, const std::string& id, Time at) const {
  BundleOptions options;
  options.time = at.seconds();
  options.leaf.identity = "email:" + name_of(id);
  options.leaf.issuer = kIssuer;
  options.leaf.from = at.seconds() - 60;
  options.leaf.to = at.seconds() + 540;
  options.leaf.sct_time = at.seconds() - 30;
  return stack_.keyless_statement(payload, options);
}

Document KeylessPeople::model_signature(World& world, const std::string& id, Time at) const {
  return {"signature", sign(model_statement(world.model()), id, at).dump()};
}

ledger::CommandRequest KeylessPeople::command(World& world, const identity::Command& command,
                                              const std::string& id) const {
  return {{sign(identity::write_command(command), id, world.now()).dump()}, {}};
}

}  // namespace z5::support
