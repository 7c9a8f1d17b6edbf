// SPDX-License-Identifier: Apache-2.0
#include "projections/adoption.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "ledger/chain/chain_reader.h"
#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/sigstore/dsse.h"
#include "projections/compare.h"
#include "projections/database.h"
#include "projections/follower.h"
#include "projections/snapshot.h"
#include "schemas/limits.h"

namespace z5::projections {
namespace {

namespace fs = std::filesystem;

std::string kept_folder(const Settings& settings) { return settings.state + ".snapshot"; }
std::string replay_folder(const Settings& settings) { return settings.state + ".replay"; }

Status remove_folder(const std::string& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  return failed ? Status(unavailable(path + ": " + failed.message())) : Status(Done{});
}

Result<std::string> read_part(const std::string& path, std::size_t max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid("is no whole snapshot: " + path + " is missing");
  std::string text(max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max) return corrupt(path + ": too large");
  return text;
}

// The service keys that the log's own genesis enrols.
Result<std::vector<keys::PublicKey>> genesis_services(const Settings& settings) {
  Z5_TRY(auto reader, settings.open_log({}));
  chain::ChainReader log(std::move(reader), chain::empty_head(settings.trust));
  Z5_TRY(const chain::VerifiedGroup* genesis, log.next(limits::kLogRetry));
  if (genesis == nullptr) return unavailable("the log holds nothing yet");
  gate::State state;
  for (const chain::VerifiedEntry& each : genesis->entries) {
    Z5_TRY(const Entry entry, decode_entry(each.body));
    Z5_CHECK(state.apply(entry, nullptr));
  }
  std::vector<keys::PublicKey> out;
  for (const auto& [id, actor] : state.actors()->all()) {
    if (actor.use == fb::KeyUse::Service && actor.key) out.push_back(*actor.key);
  }
  return out;
}

struct Signed {
  SnapshotStatement statement;
  Digest signer;  // of its SPKI
};

Result<Signed> read_statement(const Settings& settings) {
  std::vector<keys::PublicKey> keys = settings.snapshot.keys;
  if (keys.empty()) {
    Z5_TRY(keys, genesis_services(settings));
  }
  Z5_TRY(const std::string text,
         read_part(statement_file(settings.snapshot.folder), limits::kMaxBundle));
  const auto bundle = sigstore::parse_bundle(text);
  if (!bundle.ok()) return corrupt("statement.json: " + bundle.error().reason);
  const auto signer = sigstore::verify_dsse_with_keys(*bundle, keys);
  if (!signer.ok())
    return corrupt("not signed by a key whose snapshots count: " + signer.error().reason);
  auto statement = parse_snapshot_statement(bundle->envelope->payload);
  if (!statement.ok()) return corrupt("statement.json: " + statement.error().message);
  return Signed{std::move(*statement), keys[*signer].digest()};
}

Status check_statement(const SnapshotStatement& statement, const Settings& settings) {
  if (statement.ledger != identity::LedgerName{settings.trust.origin, settings.trust.genesis}) {
    return corrupt(fmt::format("of another ledger: {} ({})", statement.ledger.origin,
                               statement.ledger.genesis.text()));
  }
  if (statement.format != kRowFormat) return invalid("its rows are of another format");
  const Time now = settings.snapshot.now;
  if (statement.taken_at > now + limits::kClockSkew) return conflict("taken in the future");
  if (statement.taken_at + limits::kSnapshotLife < now) {
    return conflict(
        fmt::format("stale: taken at {}; take a newer one", to_rfc3339(statement.taken_at)));
  }
  return Done{};
}

// Copies what was signed, and nothing else: whoever can change the source later changes nothing.
Status copy_files(const SnapshotStatement& statement, const std::string& from,
                  const std::string& to) {
  Z5_TRY(const std::string text, read_part(manifest_file(from), limits::kMaxBundle));
  if (sha256(text) != statement.files) return corrupt("manifest: not what was signed");
  const auto manifest = document::parse_manifest(text);
  if (!manifest.ok()) return corrupt("manifest: " + manifest.error().message);
  std::error_code failed;
  fs::create_directories(store_folder(to), failed);
  std::uint64_t left = statement.bytes;
  for (const document::ManifestFile& file : manifest->files) {
    const fs::path source = fs::path(store_folder(from)) / file.path;
    if (file.path.find('/') != std::string::npos || !fs::is_regular_file(source, failed))
      return corrupt(fmt::format("truncated: store/{} is missing", file.path));
    const std::uint64_t size = fs::file_size(source, failed);
    if (failed || size > left)
      return corrupt(fmt::format("store/{}: larger than what was signed", file.path));
    left -= size;
    fs::copy_file(source, fs::path(store_folder(to)) / file.path, failed);
    if (failed) return unavailable(fmt::format("store/{}: {}", file.path, failed.message()));
  }
  return document::verify_directory(store_folder(to), *manifest);
}

// The rows are what the statement says, and hold its signer as who may say it.
Status check_rows(const Store& store, const Signed& said) {
  const View view = store.view();
  const chain::Head& head = view.head();
  if (head.size() != said.statement.size || head.last != said.statement.last ||
      head.tree.root() != said.statement.root)
    return corrupt("its position is not what was signed");
  Z5_TRY(const Digest content, content_digest(store));
  if (content != said.statement.content) return corrupt("its rows are not what was signed");
  const identity::Actor* actor = view.ledger().actors->find_by_key(said.signer);
  if (actor == nullptr || !actor->active() || actor->use != fb::KeyUse::Service)
    return corrupt("its signer is not enrolled for use service there");
  return Done{};
}

// The store in `fresh`, marked, and standing at a place that the log has.
Status make_store(const Settings& settings, const Signed& said, const std::string& fresh) {
  {
    auto kept =
        Store::open(store_folder(kept_folder(settings)), settings.trust, Store::Access::ReadOnly);
    if (!kept.ok()) return corrupt(kept.error().message);
    Z5_CHECK(check_rows(**kept, said));
  }
  std::error_code failed;
  fs::copy(store_folder(kept_folder(settings)), fresh, failed);
  if (failed) return unavailable(fresh + ": " + failed.message());
  Z5_TRY(auto store, Store::open(fresh, settings.trust));
  Z5_CHECK(store->set_snapshot(said.statement.content.text()));
  Settings there = settings;
  there.state = fresh;
  Follower follower(*store, there);
  Z5_CHECK(follower.load());
  return follower.connect();
}

Status adopt_into(const Settings& settings, const std::string& fresh) {
  Z5_TRY(const Signed said, read_statement(settings));
  Z5_CHECK(check_statement(said.statement, settings));
  Z5_CHECK(copy_files(said.statement, settings.snapshot.folder, kept_folder(settings)));
  Z5_CHECK(make_store(settings, said, fresh));
  std::error_code failed;
  fs::remove(settings.state, failed);  // an empty folder that somebody made
  if (!failed) fs::rename(fresh, settings.state, failed);
  return failed ? Status(unavailable(settings.state + ": " + failed.message())) : Status(Done{});
}

// Where a log was read from is its carrier's business; the rest is the ledger's.
bool same_place(chain::Head a, const chain::Head& b) {
  a.offset = b.offset;
  return a == b;
}

Status build_until(Store& store, const Settings& settings, std::uint64_t size,
                   const std::atomic<bool>& stopping) {
  Follower follower(store, settings);
  Z5_CHECK(follower.load());
  while (follower.head().size() < size) {
    if (stopping) return unavailable("stopping");
    Z5_CHECK(follower.step(limits::kLogPoll));
  }
  return follower.flush();
}

}  // namespace

Status adopt(const Settings& settings) {
  std::error_code failed;
  if (settings.snapshot.folder.empty() || fs::exists(settings.state + "/CURRENT", failed))
    return Done{};
  const std::string fresh = settings.state + ".adopting";
  for (const std::string& left : {kept_folder(settings), replay_folder(settings), fresh})
    Z5_CHECK(remove_folder(left));
  const Status adopted = adopt_into(settings, fresh);
  if (adopted.ok()) return Done{};
  fs::remove_all(kept_folder(settings), failed);
  fs::remove_all(fresh, failed);
  return Error{adopted.error().code,
               fmt::format("snapshot {}: {}", settings.snapshot.folder, adopted.error().message)};
}

Status replay_adopted(Store& store, const Settings& settings, const std::atomic<bool>& stopping) {
  if (store.verified()) return Done{};
  auto kept =
      Store::open(store_folder(kept_folder(settings)), settings.trust, Store::Access::ReadOnly);
  if (!kept.ok()) {
    return corrupt(fmt::format("store {}: rests on a snapshot that is gone ({}); rebuild it",
                               settings.state, kept.error().message));
  }
  {
    Settings again = settings;  // goes on where an earlier try ended
    again.state = replay_folder(settings);
    again.checkpoint_file.clear();
    Z5_TRY(auto anew, Store::open(again.state, settings.trust));
    const chain::Head head = (*kept)->view().head();
    Z5_CHECK(build_until(*anew, again, head.size(), stopping));
    if (!same_place(head, anew->view().head())) {
      return corrupt(
          fmt::format("store {}: the snapshot that it began with stands on another history than "
                      "the log at {} entries",
                      settings.state, head.size()));
    }
    Z5_TRY(const auto difference, first_difference(**kept, *anew));
    if (difference) {
      return corrupt(
          fmt::format("store {}: the snapshot that it began with (the first) is not what the log "
                      "(the second) says at {} entries: {}",
                      settings.state, head.size(), *difference));
    }
  }
  kept->reset();
  Z5_CHECK(store.set_snapshot(""));
  Z5_CHECK(remove_folder(kept_folder(settings)));
  return remove_folder(replay_folder(settings));
}

}  // namespace z5::projections
