// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/bundles.h"

#include <fmt/format.h>

namespace z5::gate {

Result<std::shared_ptr<const policy::Bundle>> Bundles::find(const Digest& digest) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = bundles_.find(digest); it != bundles_.end()) return it->second;
  }
  Z5_TRY(policy::Bundle bundle,
         policy::bundle_from_store(digest, [&](const Digest& part) { return store_.get(part); }));
  auto shared = std::make_shared<const policy::Bundle>(std::move(bundle));
  const std::lock_guard lock(mutex_);
  return bundles_.emplace(digest, std::move(shared)).first->second;
}

Status Bundles::admit(const policy::Bundle& bundle, std::span<const policy::Package> packages) {
  Z5_CHECK(engine_.check(bundle, packages));
  for (const policy::Package package : packages) {
    if (engine_.evaluate(package, bundle, Json::object()).allowed) {
      return invalid(
          fmt::format("{}: allows a question without content", policy::package_name(package)));
    }
  }
  return Done{};
}

policy::Decision Bundles::ask(policy::Package package, const Digest& bundle, const Json& input) {
  const auto found = find(bundle);
  if (!found.ok()) return policy::refused("policy-error", found.error().message);
  return engine_.evaluate(package, **found, input);
}

}  // namespace z5::gate
