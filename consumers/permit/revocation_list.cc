// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/revocation_list.h"

#include "consumers/verify/revocations.h"
#include "schemas/limits.h"

namespace z5::permit {

RevocationLists::RevocationLists(keys::PrivateKey service)
    : service_(std::move(service)), signed_(limits::kListMemo) {}

Result<std::string> RevocationLists::list(const projections::View& view, std::string_view tenant,
                                          Time now) {
  const auto half = std::chrono::nanoseconds(limits::kRevocationListLife).count() / 2;
  const Key key{std::string(tenant), view.head().size(), now.ns / half};
  if (auto known = signed_.find(key)) return std::move(*known);

  verify::RevocationList list;
  list.ledger = view.ledger().name;
  list.tenant = tenant;
  list.seen = {view.head().size(), view.head().tree.root()};
  list.issued_at = now;
  list.next_update = now + limits::kRevocationListLife;
  const std::string prefix = tenant.empty() ? "" : std::string(tenant) + "/";
  for (std::string after = prefix;;) {
    Z5_TRY(auto rows, view.revocations(after, limits::kMaxPage));
    for (projections::Revocation& row : rows) {
      if (!row.ref.starts_with(prefix)) {
        rows.clear();  // behind this tenant
        break;
      }
      after = row.ref;
      list.versions.push_back({std::move(row.ref), row.sequence, row.hold,
                               row.hold ? "" : std::move(row.reason),
                               row.hold ? row.review_by : Time{}});
    }
    if (rows.size() < limits::kMaxPage) break;
  }
  std::string note = verify::sign_revocations(list, service_);
  signed_.keep(key, note);
  return note;
}

}  // namespace z5::permit
