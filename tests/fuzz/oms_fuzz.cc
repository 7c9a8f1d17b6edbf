// SPDX-License-Identifier: Apache-2.0
// Goal: no statement crashes the model-signature reader; what it accepts has safe, distinct paths
// and whole shards. Method: the invariants are checked again here, in other words.
// Links: schemas ledger/evidence/sigstore
#include <cstdint>
#include <set>
#include <string_view>

#include "ledger/evidence/sigstore/oms.h"
#include "ledger/evidence/sigstore/provenance.h"

using namespace z5::sigstore;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto statement = parse_statement({reinterpret_cast<const char*>(data), size});
  if (!statement.ok()) return 0;
  (void)signer_backs_builder(*statement, "signer");
  const auto model = parse_oms(*statement);
  if (!model.ok()) return 0;
  std::set<std::string> names;
  for (const FileDigest& file : model->files) {
    Z5_ASSERT(names.insert(file.path).second);
    Z5_ASSERT(!file.path.empty() && file.path.front() != '/' && file.path.back() != '/');
    Z5_ASSERT(("/" + file.path + "/").find("/../") == std::string::npos);
  }
  for (const Shard& shard : model->shards) {
    Z5_ASSERT(shard.start < shard.end && shard.end - shard.start <= model->shard_size);
    Z5_ASSERT(("/" + shard.path + "/").find("/../") == std::string::npos);
  }
  Z5_ASSERT(model->files.empty() != model->shards.empty());
  Z5_ASSERT(matches_manifest(*model, model->files).ok() == model->shards.empty());
  return 0;
}
