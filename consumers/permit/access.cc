// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/access.h"

#include <fmt/format.h>

#include "ledger/gate/decide.h"

namespace z5::permit {

Result<projections::View> fresh_view(const projections::Projector& projector,
                                     std::chrono::nanoseconds max_lag) {
  Z5_TRY(projections::View view, projector.view());
  const auto lag = projector.lag();
  if (lag > max_lag) {
    return unavailable(
        fmt::format("the projection is {} ms behind the ledger", lag.count() / 1'000'000));
  }
  return view;
}

const identity::Actor* active_actor(const projections::LedgerView& ledger, std::string_view actor) {
  if (!ledger.actors) return nullptr;
  const identity::Actor* found = ledger.actors->find(actor);
  return found != nullptr && found->active() ? found : nullptr;
}

bool may_read(const projections::LedgerView& ledger, gate::Bundles& bundles, std::string_view actor,
              const Scope& scope) {
  if (actor == "local") return true;
  const identity::Actor* reader = active_actor(ledger, actor);
  if (reader == nullptr) return false;
  const std::string_view action = scope.tenant.empty() ? "read-ledger" : "read";
  const gate::AuthorisationScope asked{scope.tenant, scope.model, scope.labels, 0, 0};
  return gate::authorise(bundles, ledger.policies->authz, *reader, action, asked).ok();
}

Result<std::shared_ptr<const gate::Version>> find_version(const projections::View& view,
                                                          std::string_view model) {
  const auto alias = parse_serving_alias(model);
  if (!alias.ok()) {
    if (!parse_reference(model).ok()) return std::shared_ptr<const gate::Version>();
    return view.version(model);
  }
  Z5_TRY(const std::string ref, view.serving(*alias));
  if (ref.empty()) return std::shared_ptr<const gate::Version>();
  return view.version(ref);
}

}  // namespace z5::permit
