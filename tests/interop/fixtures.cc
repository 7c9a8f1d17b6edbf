// SPDX-License-Identifier: Apache-2.0
// interop_fixtures FOLDER: writes what other people's programs shall verify: `verifier`,
// `checkpoint-<size>` of a growing ledger, `body-<n>` and `receipt-<n>` of entries,
// `consistency-<from>-<to>` (base64 hashes, one a line).
#include <cstdio>
#include <filesystem>

#include "ledger/chain/merkle.h"
#include "schemas/encoding.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

std::string lines_of(const std::vector<Digest>& hashes) {
  std::string lines;
  for (const Digest& hash : hashes) lines += to_base64(hash.view()) + "\n";
  return lines;
}

void write_fixtures(const std::string& folder) {
  const auto write = [&](const std::string& name, std::string_view content) {
    sample::write_file(folder + "/" + name, content);
  };
  const sample::Folder home;
  const Trust trust = sample::write_ledger(home.path(), {});
  write("verifier", trust.verifier_text());
  std::vector<Digest> leaves = {trust.genesis};
  std::vector<std::uint64_t> sizes;
  auto appender = *sample::open(home.path(), trust);
  for (const int count : {1, 2, 3, 1, 7, 16}) {
    const Time at = appender->head().recorded_at + std::chrono::seconds(1);
    const Committed group = *sample::append(*appender, count, at);
    leaves.insert(leaves.end(), group.hashes.begin(), group.hashes.end());
    sizes.push_back(leaves.size());
    write("checkpoint-" + std::to_string(leaves.size()), group.checkpoint);
    const Receipts receipts(group);
    for (std::uint64_t n = group.first; n < leaves.size(); ++n) {
      write("receipt-" + std::to_string(n), receipts.receipt(n).text());
    }
  }
  const GroupTree tree(CompactRange(), leaves);
  const auto subtrees = [&](std::uint64_t begin, std::uint64_t end) { return tree.subtree(begin, end); };
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    for (std::size_t j = i + 1; j < sizes.size(); ++j) {
      write("consistency-" + std::to_string(sizes[i]) + "-" + std::to_string(sizes[j]),
            lines_of(*consistency_proof(sizes[i], sizes[j], subtrees)));
    }
  }
  ChainReader reader(*log::open_file_reader(home.path()), empty_head(trust));
  for (const VerifiedGroup* group;
       (group = *reader.next(std::chrono::milliseconds(0))) != nullptr;) {
    for (std::size_t i = 0; i < group->entries.size(); ++i) {
      write("body-" + std::to_string(group->first + i), group->entries[i].body);
    }
  }
}

}  // namespace
}  // namespace z5::chain

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: interop_fixtures FOLDER\n", stderr);
    return 2;
  }
  std::filesystem::remove_all(argv[1]);
  std::filesystem::create_directories(argv[1]);
  z5::chain::write_fixtures(argv[1]);
  return 0;
}
