// SPDX-License-Identifier: Apache-2.0
#include "projections/snapshot.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "ledger/evidence/document/manifest.h"
#include "ledger/keys/dsse.h"
#include "projections/database.h"

namespace z5::projections {
namespace {

namespace fs = std::filesystem;

std::string length_of(std::string_view text) {
  std::string out;
  for (std::size_t size = text.size(), i = 0; i < 8; ++i, size >>= 8)
    out += static_cast<char>(size & 255);
  return out;
}

Result<Digest> digest_field(const Json& object, std::string_view field) {
  Z5_TRY(const std::string text, json_string(object, field, "predicate"));
  auto digest = digest_from_text(text);
  if (!digest.ok()) return invalid(fmt::format("predicate.{}: not a digest", field));
  return digest;
}

Result<std::uint64_t> size_of(const document::Manifest& manifest, const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code failed;
  for (const document::ManifestFile& file : manifest.files) {
    bytes += fs::file_size(fs::path(folder) / file.path, failed);
    if (failed) return unavailable(folder + "/" + file.path + ": " + failed.message());
  }
  return bytes;
}

Status write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return file ? Status(Done{}) : unavailable(path + ": cannot be written");
}

Status check_signer(const LedgerView& ledger, const keys::PublicKey& key) {
  const identity::Actor* actor = ledger.actors->find_by_key(key.digest());
  if (actor != nullptr && actor->active() && actor->use == fb::KeyUse::Service) return Done{};
  return invalid(fmt::format("snapshot: the key sha256:{} is not enrolled for use service",
                             key.digest().hex()));
}

// The parts of `folder`, from `store`.
Result<SnapshotStatement> fill(const Store& store, const keys::PrivateKey& signer, Time now,
                               const std::string& folder) {
  const std::string rows = store_folder(folder);
  Z5_CHECK(store.database().copy_to(rows));
  Z5_TRY(const document::Manifest manifest, document::hash_directory(rows));
  const LedgerView ledger = store.view().ledger();
  SnapshotStatement statement{.ledger = ledger.name,
                              .size = ledger.head.size(),
                              .last = ledger.head.last,
                              .root = ledger.head.tree.root(),
                              .content = {},
                              .format = std::string(kRowFormat),
                              .files = manifest.digest(),
                              .bytes = 0,
                              .taken_at = now};
  Z5_TRY(statement.bytes, size_of(manifest, rows));
  Z5_TRY(statement.content, content_digest(store));
  Z5_CHECK(write_file(manifest_file(folder), manifest.text()));
  Z5_CHECK(write_file(statement_file(folder),
                      keys::sign_bundle(write_snapshot_statement(statement), signer)));
  return statement;
}

}  // namespace

std::string statement_file(const std::string& folder) { return folder + "/statement.json"; }
std::string manifest_file(const std::string& folder) { return folder + "/manifest"; }
std::string store_folder(const std::string& folder) { return folder + "/store"; }

std::string write_snapshot_statement(const SnapshotStatement& statement) {
  const Json ledger = {{"origin", statement.ledger.origin},
                       {"genesis", statement.ledger.genesis.text()}};
  const Json predicate = {{"ledger", ledger},
                          {"size", std::to_string(statement.size)},
                          {"last", statement.last.text()},
                          {"root", statement.root.text()},
                          {"content", statement.content.text()},
                          {"format", statement.format},
                          {"files", statement.files.text()},
                          {"bytes", std::to_string(statement.bytes)},
                          {"taken_at", to_rfc3339(statement.taken_at)}};
  const Json subject = {{"name", statement.ledger.origin},
                        {"digest", {{"sha256", statement.content.hex()}}}};
  return canonical_json({{"_type", "https://in-toto.io/Statement/v1"},
                         {"subject", Json::array({subject})},
                         {"predicateType", kSnapshotType},
                         {"predicate", predicate}});
}

Result<SnapshotStatement> parse_snapshot_statement(std::string_view payload) {
  Z5_TRY(const Json json, parse_json(payload, limits::kMaxBundle));
  Z5_TRY(const std::string type, json_string(json, "predicateType", ""));
  if (type != kSnapshotType) return invalid(fmt::format("predicateType: not {}", kSnapshotType));
  Z5_TRY(const Json* predicate, json_object(json, "predicate", ""));
  Z5_TRY(const Json* ledger, json_object(*predicate, "ledger", "predicate"));
  SnapshotStatement out;
  Z5_TRY(out.ledger.origin, json_string(*ledger, "origin", "predicate.ledger"));
  Z5_TRY(out.ledger.genesis, digest_field(*ledger, "genesis"));
  Z5_TRY(out.size, json_uint(*predicate, "size", "predicate"));
  Z5_TRY(out.last, digest_field(*predicate, "last"));
  Z5_TRY(out.root, digest_field(*predicate, "root"));
  Z5_TRY(out.content, digest_field(*predicate, "content"));
  Z5_TRY(out.format, json_string(*predicate, "format", "predicate"));
  Z5_TRY(out.files, digest_field(*predicate, "files"));
  Z5_TRY(out.bytes, json_uint(*predicate, "bytes", "predicate"));
  Z5_TRY(const std::string taken, json_string(*predicate, "taken_at", "predicate"));
  Z5_TRY(out.taken_at, from_rfc3339(taken));
  // The fields that only repeat others, their order and their spelling: there is one text.
  if (write_snapshot_statement(out) != payload) return invalid("not in its one form");
  return out;
}

Result<Digest> content_digest(const Store& store) {
  Sha256 hash;
  const auto add = [&](std::string_view part) {
    hash.update(length_of(part));
    hash.update(part);
  };
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    if (family == Family::Meta) continue;
    const auto rows = store.database().rows(family);
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      add(family_name(family));
      add(rows->key().ToStringView());
      add(rows->value().ToStringView());
    }
    if (!rows->status().ok()) return corrupt("store: " + rows->status().ToString());
  }
  return hash.finish();
}

Result<SnapshotStatement> take_snapshot(const Store& store, const keys::PrivateKey& signer,
                                        Time now, const std::string& folder) {
  const View view = store.view();
  if (view.head().size() == 0) return invalid("snapshot: the store is empty");
  if (!store.verified())
    return invalid("snapshot: the store rests on a snapshot that was not replayed yet");
  Z5_CHECK(check_signer(view.ledger(), signer.public_key()));
  std::error_code failed;
  if (fs::exists(folder, failed)) return invalid(folder + ": exists");
  const std::string partial = folder + ".partial";
  fs::remove_all(partial, failed);
  if (!failed) fs::create_directories(partial, failed);
  if (failed) return unavailable(partial + ": " + failed.message());
  // Not synced: what a power loss leaves of it is not what was signed, and is refused.
  auto statement = fill(store, signer, now, partial);
  if (statement.ok()) fs::rename(partial, folder, failed);
  if (failed) statement = unavailable(folder + ": " + failed.message());
  std::error_code ignored;
  if (!statement.ok()) fs::remove_all(partial, ignored);
  return statement;
}

}  // namespace z5::projections
