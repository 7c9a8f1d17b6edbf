// SPDX-License-Identifier: Apache-2.0
// Every (size, root) that the ledger sealed: answers whether what a client has seen is our past. 40
// bytes a group. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "schemas/digest.h"

namespace z5::chain {

class History {
 public:
  // Asserts that sizes ascend.
  void add(std::uint64_t size, const Digest& root);
  // Size 1 is always known by the genesis hash, which is its root (DESIGN: commands signed
  // offline).
  void set_genesis(const Digest& genesis) { genesis_ = genesis; }
  bool contains(std::uint64_t size, const Digest& root) const;

 private:
  struct Point {
    std::uint64_t size;
    Digest root;
  };
  std::vector<Point> points_;
  Digest genesis_;
};

}  // namespace z5::chain
