// SPDX-License-Identifier: Apache-2.0
#include "tests/support/chain/sample_ledger.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "schemas/encoding.h"

namespace z5::chain::sample {

keys::PrivateKey key(char seed) {
  const Bytes der = *from_hex("302e020100300506032b657004220420") + Bytes(32, seed);
  return *keys::PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n" + to_base64(der) +
                                     "\n-----END PRIVATE KEY-----\n");
}

Trust trust(const keys::PrivateKey& key) {
  return {"z5.local/sample", {}, {{key.public_key(), 0, std::nullopt}}};
}

Entry opened(const keys::PrivateKey& key) {
  Entry entry;
  fb::LedgerOpenedT event;
  event.origin = "z5.local/sample";
  event.id = "sample";
  const Bytes& spki = key.public_key().spki();
  event.key.assign(spki.begin(), spki.end());
  event.admin_threshold = event.recovery_threshold = 1;
  entry.event.Set(std::move(event));
  return entry;
}

Entry annotated(int number) {
  Entry entry;
  entry.actor = "ci-bot";
  fb::VersionAnnotatedT event;
  event.ref = "acme/credit:1." + std::to_string(number);
  entry.event.Set(std::move(event));
  return entry;
}

std::vector<log::SignedCommand> commands(int number) {
  return {{log::Encoding::Clear, "bundle " + std::to_string(number)}};
}

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "z5_chain_test.XXXXXX";
  path_ = ::mkdtemp(name.data());
}
Folder::~Folder() { std::filesystem::remove_all(path_); }

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}
void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

Result<std::unique_ptr<Appender>> open(const std::string& folder, Trust trust, keys::PrivateKey key,
                                       log::Disk& disk) {
  Z5_TRY(auto writer, log::open_file_writer(folder, disk));
  return Appender::open(std::move(writer),
                        {std::move(trust), std::move(key), folder + "/checkpoint"}, {});
}

Result<Committed> append(Appender& appender, int count, Time at) {
  Z5_CHECK(appender.sealer().begin(at));
  for (int i = 0; i < count; ++i) {
    Entry entry = annotated(i);
    Z5_CHECK(appender.sealer().add(entry, commands(i)));
  }
  return appender.commit();
}

Trust write_ledger(const std::string& folder, const std::vector<int>& groups) {
  auto appender = *open(folder, trust());
  Z5_ASSERT(appender->sealer().begin(kStart).ok());
  Entry genesis = opened();
  Z5_ASSERT(appender->sealer().add(genesis, {}).ok());
  Z5_ASSERT(appender->commit().ok());
  Time at = kStart;
  for (const int count : groups) {
    at = at + std::chrono::seconds(1);
    Z5_ASSERT(append(*appender, count, at).ok());
  }
  return appender->trust();
}

Result<Head> verify(const std::string& entries, const Trust& trust) {
  Z5_TRY(auto reader, log::open_file_reader(entries));
  ChainReader chain(std::move(reader), empty_head(trust));
  for (;;) {
    Z5_TRY(const VerifiedGroup* group, chain.next(std::chrono::milliseconds(0)));
    if (group == nullptr) break;
  }
  Z5_CHECK(chain.finish());
  return chain.head();
}

}  // namespace z5::chain::sample
