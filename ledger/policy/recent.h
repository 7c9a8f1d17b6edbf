// SPDX-License-Identifier: Apache-2.0
// The values that were used last, at most a number of them, by key. One lock that owns its data;
// any thread.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "schemas/result.h"

namespace z5::policy {

template <class Key, class Value, class Hash = std::hash<Key>>
class Recent {
 public:
  explicit Recent(std::size_t capacity) : capacity_(capacity) { Z5_ASSERT(capacity > 0); }

  // A copy of the value, which is now the last used.
  std::optional<Value> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->second;
  }

  // Keeps a value; the one used longest ago goes when there are too many. A key that is there keeps
  // its value.
  void keep(const Key& key, Value value) {
    const std::lock_guard lock(mutex_);
    if (index_.contains(key)) return;
    order_.emplace_front(key, std::move(value));
    index_.emplace(key, order_.begin());
    if (order_.size() <= capacity_) return;
    index_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  using Order = std::list<std::pair<Key, Value>>;

  const std::size_t capacity_;
  std::mutex mutex_;
  Order order_;  // last used first
  std::unordered_map<Key, typename Order::iterator, Hash> index_;
};

}  // namespace z5::policy
