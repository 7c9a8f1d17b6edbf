// SPDX-License-Identifier: Apache-2.0
// A small ledger for tests: fixed keys and times, groups of chosen sizes. Same bytes every time
// (Ed25519 is deterministic). Failures here are assertions: the tests that use it are about
// something else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain/appender.h"
#include "ledger/keys/key.h"
#include "ledger/log/file_log.h"

namespace z5::chain::sample {

inline constexpr Time kStart{1'790'000'000'000'000'000};

// The Ed25519 key whose RFC 8032 seed is `seed` 32 times.
keys::PrivateKey key(char seed = 'L');
// Pins key() for all sizes; no genesis yet.
Trust trust(const keys::PrivateKey& key = sample::key());

Entry opened(const keys::PrivateKey& key = sample::key());  // LedgerOpened
Entry annotated(int number);                           // VersionAnnotated of acme/credit:1.<number>
std::vector<log::SignedCommand> commands(int number);  // one bundle

// A folder that goes away with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Bytes read_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);

// An Appender on the file log in `folder`.
Result<std::unique_ptr<Appender>> open(const std::string& folder, Trust trust,
                                       keys::PrivateKey key = sample::key(),
                                       log::Disk& disk = log::real_disk());
// Appends one group of `count` annotations.
Result<Committed> append(Appender& appender, int count, Time at);
// Genesis, and then groups of the given sizes, one second apart; the trust that pins it.
Trust write_ledger(const std::string& folder, const std::vector<int>& groups);

// Verifies a whole log; the head, or the first error.
Result<Head> verify(const std::string& entries, const Trust& trust);

}  // namespace z5::chain::sample
