// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/oms.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

constexpr std::string_view kSharded = "sha256-sharded-";
constexpr std::string_view kWholeModel = ".";  // a model of one file, until 1.0

// A relative path whose parts are names: nothing that could lead out of the model.
bool is_inside(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos ||
      path.find('\\') != std::string_view::npos) {
    return false;
  }
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// "method" "shards" writes its size as a float.
Result<std::uint64_t> read_shard_size(const Json& serialization) {
  const auto found = serialization.find("shard_size");
  if (found == serialization.end() || !found->is_number())
    return invalid("serialization.shard_size: missing");
  const double size = found->get<double>();
  if (!(size >= 1) || size > 9e15 || size != std::floor(size)) {
    return invalid("serialization.shard_size: expected a whole positive number");
  }
  return static_cast<std::uint64_t>(size);
}

// "<path>:<start>:<end>", read from the right, since paths may have colons.
Result<Shard> read_shard_name(std::string_view name) {
  Shard shard;
  const std::size_t second = name.rfind(':');
  const std::size_t first =
      second == std::string_view::npos || second == 0 ? second : name.rfind(':', second - 1);
  if (first == std::string_view::npos || first == 0)
    return invalid("resources.name: expected path:start:end");
  Z5_TRY(shard.start, parse_decimal(name.substr(first + 1, second - first - 1), "resources.name"));
  Z5_TRY(shard.end, parse_decimal(name.substr(second + 1), "resources.name"));
  shard.path = std::string(name.substr(0, first));
  return shard;
}

Status read_resource(const Json& resource, bool alone, SignedModel& model) {
  Z5_TRY(const std::string name, json_string(resource, "name", "resources"));
  Z5_TRY(const std::string algorithm, json_string(resource, "algorithm", "resources"));
  Z5_TRY(const std::string hex, json_string(resource, "digest", "resources"));
  Z5_TRY(const Digest digest, digest_from_hex(hex));
  std::string path = name;
  if (model.shard_size == 0) {
    if (algorithm != "sha256") return invalid("resources.algorithm: expected sha256");
    model.files.push_back({name, digest});
  } else {
    // The specification says sha256, its reference tool writes the longer name.
    if (algorithm != "sha256" && algorithm != fmt::format("{}{}", kSharded, model.shard_size)) {
      return invalid("resources.algorithm: expected sha256 or sha256-sharded-<shard_size>");
    }
    Z5_TRY(Shard shard, read_shard_name(name));
    shard.digest = digest;
    path = shard.path;
    model.shards.push_back(std::move(shard));
  }
  if (!is_inside(path) && !(alone && path == kWholeModel))
    return invalid("resources.name: not a relative path inside the model");
  return Done{};
}

Result<std::uint64_t> read_serialization(const Json& predicate) {
  Z5_TRY(const Json* serialization, json_object(predicate, "serialization", "predicate"));
  Z5_TRY(const std::string method, json_string(*serialization, "method", "serialization"));
  Z5_TRY(const std::string hash, json_string(*serialization, "hash_type", "serialization"));
  if (hash != "sha256") return invalid("serialization.hash_type: expected sha256");
  if (method == "files") return std::uint64_t{0};
  if (method != "shards") return invalid("serialization.method: expected files or shards");
  return read_shard_size(*serialization);
}

Verdict<Done> no_duplicates(const SignedModel& model) {
  std::set<std::pair<std::string_view, std::uint64_t>> seen;
  for (const FileDigest& file : model.files) {
    if (!seen.emplace(file.path, 0).second)
      return refuse("oms-resource", "resources: a name twice");
  }
  for (const Shard& shard : model.shards) {
    if (!seen.emplace(shard.path, shard.start).second)
      return refuse("oms-resource", "resources: a shard twice");
  }
  return Done{};
}

// Shards of a file are consecutive from 0, all of shard_size but the last.
Verdict<Done> shards_are_whole(const SignedModel& model) {
  std::map<std::string_view, std::map<std::uint64_t, std::uint64_t>> files;
  for (const Shard& shard : model.shards) {
    if (shard.end <= shard.start || shard.end - shard.start > model.shard_size) {
      return refuse("oms-shards", "resources: a shard of another size");
    }
    files[shard.path][shard.start] = shard.end;
  }
  for (const auto& [path, parts] : files) {
    std::uint64_t expected = 0;
    for (const auto& [start, end] : parts) {
      if (start != expected || start % model.shard_size != 0) {
        return refuse("oms-shards", fmt::format("{}: its shards have a gap", path));
      }
      expected = end;
    }
  }
  return Done{};
}

// The subject is the hash over the listed digests, in the listed order: the tool orders by path
// parts, so the order itself is not checked.
Verdict<Done> root_fits(const SignedModel& model, const Subject& subject) {
  Sha256 hasher;
  for (const FileDigest& file : model.files) hasher.update(file.digest.view());
  for (const Shard& shard : model.shards) hasher.update(shard.digest.view());
  const auto stated = subject.digest.find("sha256");
  if (stated == subject.digest.end() || stated->second != hasher.finish().hex()) {
    return refuse("oms-root", "subject: is not the hash over the listed digests");
  }
  return Done{};
}

Verdict<SignedModel> parse_v02(const Statement& statement) {
  SignedModel model;
  model.predicate_type = statement.predicate_type;
  for (const Subject& subject : statement.subjects) {
    const auto hex = subject.digest.find("sha256");
    if (hex == subject.digest.end() || !is_inside(subject.name)) {
      return refuse("oms-resource", "subject: expected relative paths with sha256");
    }
    model.files.push_back({subject.name, *digest_from_hex(hex->second)});
  }
  Z5_CHECK(no_duplicates(model));
  return model;
}

}  // namespace

Verdict<SignedModel> parse_oms(const Statement& statement) {
  if (!statement.is_v1)
    return refuse("oms-statement", "_type: expected https://in-toto.io/Statement/v1");
  if (statement.predicate_type == kOmsPredicateTypeV02) return parse_v02(statement);
  if (statement.predicate_type != kOmsPredicateType) {
    return refuse("predicate-type", fmt::format("predicateType: expected {}", kOmsPredicateType));
  }
  if (statement.subjects.size() != 1)
    return refuse("oms-statement", "subject: expected exactly one");
  SignedModel model;
  model.predicate_type = statement.predicate_type;
  model.name = statement.subjects.front().name;
  Z5_TRY(model.shard_size, under("oms-statement", read_serialization(statement.predicate)));
  Z5_TRY(const Json* resources,
         under("oms-statement", json_array(statement.predicate, "resources", "predicate")));
  if (resources->empty() || resources->size() > limits::kMaxManifestFiles) {
    return refuse("oms-resource", "resources: none, or too many");
  }
  for (const Json& each : *resources)
    Z5_CHECK(under("oms-resource", read_resource(each, resources->size() == 1, model)));
  Z5_CHECK(no_duplicates(model));
  if (model.shard_size != 0) Z5_CHECK(shards_are_whole(model));
  Z5_CHECK(root_fits(model, statement.subjects.front()));
  return model;
}

Verdict<SignedModel> read_oms(const Bundle& bundle) {
  if (!bundle.envelope) return refuse("oms-bundle", "bundle: expected a dsseEnvelope");
  // Keys and chains need no log, and some tools leave the field out then.
  if (bundle.certificates.size() == 1 && !bundle.has_log_entries_field)
    return refuse("oms-bundle", "verificationMaterial.tlogEntries: missing");
  Z5_TRY(const Statement statement, parse_statement(bundle.envelope->payload));
  return parse_oms(statement);
}

Verdict<VerifiedModel> verify_oms(const Bundle& bundle, const Policy& policy) {
  Z5_TRY(SignedModel model, read_oms(bundle));
  const Asked asked{std::nullopt, model.predicate_type};
  Z5_TRY(Verified signature, verify(bundle, asked, policy));
  return VerifiedModel{std::move(signature), std::move(model)};
}

Verdict<Done> matches_manifest(const SignedModel& model, std::span<const FileDigest> manifest) {
  if (model.shard_size != 0)
    return refuse("oms-shards", "signature: lists shards, a manifest lists files");
  std::map<std::string_view, Digest> present;
  for (const FileDigest& file : manifest) present.emplace(file.path, file.digest);
  for (const FileDigest& file : model.files) {
    const auto found = present.find(file.path);
    if (found == present.end())
      return refuse("oms-files", fmt::format("{}: signed, but missing", file.path));
    if (found->second != file.digest)
      return refuse("oms-files", fmt::format("{}: differs from what was signed", file.path));
    present.erase(found);
  }
  if (!present.empty())
    return refuse("oms-files", fmt::format("{}: not signed", present.begin()->first));
  return Done{};
}

}  // namespace z5::sigstore
