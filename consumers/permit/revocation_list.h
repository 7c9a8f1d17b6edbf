// SPDX-License-Identifier: Apache-2.0
// The signed revocation lists that this service gives out (consumers/verify/revocations.h). Any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "ledger/keys/key.h"
#include "ledger/policy/recent.h"
#include "projections/store.h"
#include "schemas/time.h"

namespace z5::permit {

class RevocationLists {
 public:
  explicit RevocationLists(keys::PrivateKey service);

  // The list of `tenant` ("" = all) as `view` knows it. One that was signed for the same state is
  // given again during the first half of its life. Errors are the view's.
  Result<std::string> list(const projections::View& view, std::string_view tenant, Time now);

 private:
  struct Key {
    std::string tenant;
    std::uint64_t size;
    std::int64_t period;  // now in halves of a list's life
    bool operator==(const Key&) const = default;
  };
  struct HashKey {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string>{}(key.tenant) ^ (key.size << 1) ^
             static_cast<std::size_t>(key.period);
    }
  };
  keys::PrivateKey service_;
  policy::Recent<Key, std::string, HashKey> signed_;
};

}  // namespace z5::permit
