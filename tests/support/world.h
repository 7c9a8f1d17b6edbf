// SPDX-License-Identifier: Apache-2.0
// A whole ledger in a temporary folder: keys, actors, genesis, the write path, and people who sign
// commands. Real log, real signatures, real OPA; only the clock is the test's. For tests and
// benches.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "ledger/genesis.h"
#include "ledger/intake.h"
#include "ledger/log/file_log.h"
#include "ledger/write_path.h"
#include "tests/support/evidence.h"

namespace z5::support {

// A folder that goes when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Actors by id. Persons: ana, ada (admins), sam (security-approver), pia (product-approver), rob,
// rae (revokers). Workloads: ci (submitter), release (release-manager), server (serving,
// production), canary-server (serving, canary).
struct Cast {
  std::map<std::string, keys::PrivateKey> keys;
  Vouchers vouchers;
  identity::ActorsFile file(std::uint32_t admin_threshold = 2) const;
  Cast();
};

inline constexpr const char* kTenant = "acme";

struct WorldOptions {
  Time start = *from_rfc3339("2026-11-25T12:00:00Z");
  bool real_clock = false;
  ledger::RateLimits rates;
  log::Disk* disk = nullptr;
  // Where the log is; a file in the world's folder unless both say otherwise. The world's evidence
  // folder is given to them.
  std::function<Result<std::unique_ptr<log::Writer>>(const log::EvidenceStore&)> open_writer;
  std::function<Result<std::unique_ptr<log::Reader>>(log::Position)> open_reader;
  std::uint32_t admin_threshold = 2;
};

class World {
 public:
  explicit World(WorldOptions options = {});
  ~World();

  // Ends the writer and starts it again on the same files, as after a crash or restart.
  void restart();
  Status try_start();
  void stop();

  // A command by `author`, about `ref` ("" for the ledger), not signed yet; `subject` as its kind
  // asks.
  identity::Command command(identity::Kind kind, const std::string& ref, const Digest& subject,
                            Json fields) const;
  ledger::CommandRequest sign(const identity::Command& command, const std::string& author,
                              const std::vector<std::string>& cosigners = {}) const;
  ledger::Outcome send(const ledger::CommandRequest& request);
  ledger::Outcome send_bytes(const std::string& request);
  // command + sign + send, with attachments.
  ledger::Outcome run(identity::Kind kind, const std::string& ref, const std::string& author,
                      Json fields = Json::object(), const std::vector<Document>& documents = {},
                      const std::vector<std::string>& cosigners = {});

  // The story's steps, each as the one who may.
  // `instead`: documents of accept_evidence that are replaced, by name.
  ledger::Outcome submit(const std::string& ref, const std::vector<std::string>& without = {},
                         const std::map<std::string, Document>& instead = {});
  // The same with other documents, and with `more` fields.
  ledger::Outcome submit_with(const std::string& ref, const std::vector<Document>& documents,
                              const Json& more = Json::object());
  ledger::Outcome attach(const std::string& ref, const std::vector<Document>& documents);
  // Activates the default registry bundle with these settings changed; its digest.
  Digest activate(const Json& settings);
  ledger::Outcome stage(const std::string& ref);
  ledger::Outcome attach_promotion_evidence(const std::string& ref);
  ledger::Outcome approve(const std::string& ref, const std::string& author,
                          const std::string& role);
  ledger::Outcome promote(const std::string& ref);
  // All of them; asserts each.
  void approve_and_promote(const std::string& ref,
                           const std::map<std::string, Document>& instead = {});
  // set-trust-root by both admins; `times`: valid_from, ….
  ledger::Outcome set_root(const std::string& root, const std::string& document,
                           const Json& times = Json::object());

  Time now() const { return options_.real_clock ? ledger::machine_clock().wall() : Time{now_}; }
  void pass(std::chrono::nanoseconds time) { now_ += time.count(), boot_ += time.count(); }
  void set_wall(Time time) { now_ = time.ns; }  // without the boot clock: a jump

  const Cast& cast() const { return cast_; }
  const chain::Trust& trust() const { return trust_; }
  const std::string& folder() const { return folder_.path(); }
  std::string ledger_folder() const { return folder_.path() + "/ledger"; }
  std::string evidence_folder() const { return folder_.path() + "/evidence"; }
  ledger::WritePath& writer() { return *writer_; }
  ledger::Intake& intake() { return *intake_; }
  gate::Bundles& bundles() { return bundles_; }
  const log::EvidenceStore& store() const { return store_; }
  const keys::PrivateKey& ledger_key() const { return ledger_key_; }
  Model& model() { return model_; }
  ledger::Clock clock();
  Result<std::unique_ptr<log::Reader>> open_reader(log::Position from) const;

 private:
  Result<std::unique_ptr<log::Writer>> open_writer();

  WorldOptions options_;
  TemporaryFolder folder_;
  Cast cast_;
  Model model_;
  Bytes ticket_;  // its window holds the start
  keys::PrivateKey ledger_key_ = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  chain::Trust trust_;
  policy::Engine engine_;
  log::EvidenceStore store_;
  gate::Bundles bundles_;
  std::atomic<std::int64_t> now_, boot_{0};  // ns; the writer's thread reads them
  std::unique_ptr<ledger::WritePath> writer_;
  std::unique_ptr<ledger::Intake> intake_;
};

}  // namespace z5::support
