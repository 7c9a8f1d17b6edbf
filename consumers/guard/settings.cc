// SPDX-License-Identifier: Apache-2.0
#include "consumers/guard/settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/chain/trust.h"
#include "ledger/home.h"
#include "ledger/identity/actor.h"
#include "ledger/policy/bundle.h"
#include "schemas/limits.h"

namespace z5::guard {
namespace {

namespace fs = std::filesystem;

// guard.toml as it stands: texts, not read yet.
struct File {
  std::string folder;
  std::string actor, service, token, trust, policy, heads, environment;
  std::optional<std::string> audience;
  std::vector<std::string> keys, sources;

  std::string path(const std::string& text) const {
    return text.empty() || text.starts_with('/') ? text : folder + "/" + text;
  }
};

Result<File> read_file(const std::string& path) {
  toml::table root;
  try {
    root = toml::parse_file(path);
  } catch (const toml::parse_error& problem) {
    return invalid(fmt::format("{}: {}", path, problem.description()));
  }
  File file;
  file.folder = fs::path(path).parent_path().string();
  if (file.folder.empty()) file.folder = ".";
  for (const auto& [key, node] : root) {
    const std::string_view name = key.str();
    std::string* const text = name == "actor"         ? &file.actor
                              : name == "service"     ? &file.service
                              : name == "token"       ? &file.token
                              : name == "trust"       ? &file.trust
                              : name == "policy"      ? &file.policy
                              : name == "heads"       ? &file.heads
                              : name == "environment" ? &file.environment
                              : name == "audience"    ? &file.audience.emplace()
                                                      : nullptr;
    std::vector<std::string>* const list = name == "keys"      ? &file.keys
                                           : name == "sources" ? &file.sources
                                                               : nullptr;
    if (text == nullptr && list == nullptr)
      return invalid(fmt::format("{}: {}: unknown field", path, name));
    if (text != nullptr) {
      const auto value = node.value_exact<std::string>();
      if (!value) return invalid(fmt::format("{}: {}: expected a text", path, name));
      *text = *value;
      continue;
    }
    const toml::array* const array = node.as_array();
    if (array == nullptr)
      return invalid(fmt::format("{}: {}: expected a list of texts", path, name));
    for (const toml::node& each : *array) {
      const auto value = each.value_exact<std::string>();
      if (!value) return invalid(fmt::format("{}: {}: expected a list of texts", path, name));
      list->push_back(*value);
    }
  }
  return file;
}

Result<std::string> read_token(const std::string& path) {
  std::ifstream file(path);
  std::string token;
  if (!file || !std::getline(file, token) || token.size() < limits::kMinToken ||
      token.size() > limits::kMaxToken) {
    return invalid(fmt::format("{}: no token (z5 token ACTOR makes one)", path));
  }
  return token;
}

Result<http::ClientOptions> service_of(const File& file, const ledger::Home& home) {
  if (!file.service.empty()) return http::parse_url(file.service);
  const auto running = ledger::read_running(home, "permit");
  if (!running)
    return unavailable(fmt::format("no permit service runs in {} (z5 up)", home.path()));
  return http::parse_url(
      fmt::format("{}://{}:{}", running->tls ? "https" : "http", running->address, running->port));
}

// The digests of the bundles held, from their bytes: a folder's name proves nothing, so another one
// means that somebody changed the bytes.
Result<std::vector<Digest>> policies_in(const std::string& folder, const std::string& only) {
  std::vector<Digest> out;
  std::error_code ec;
  std::vector<fs::path> bundles;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->is_directory()) bundles.push_back(it->path());
  }
  std::sort(bundles.begin(), bundles.end());
  for (const fs::path& path : bundles) {
    const std::string name = path.filename().string();
    if (!only.empty() && "sha256:" + name != only) continue;
    Z5_TRY(const policy::Bundle bundle, policy::bundle_from_directory(path));
    if (bundle.digest().hex() != name) {
      return corrupt(
          fmt::format("{}: its bytes have digest {}", path.string(), bundle.digest().text()));
    }
    out.push_back(bundle.digest());
  }
  if (out.empty())
    return invalid(fmt::format("{}: no policy bundle is held (z5 policy pin)", folder));
  if (out.size() > limits::kMaxRuntimePolicies) {
    return invalid(fmt::format("{}: more than {} bundles; remove old ones, or --policy-digest",
                               folder, limits::kMaxRuntimePolicies));
  }
  return out;
}

std::string first_of(const std::string& a, const std::string& b) { return a.empty() ? b : a; }

}  // namespace

Result<Settings> load_settings(const SettingsRequest& request) {
  const ledger::Home home(request.home);
  File file;
  const std::string config = !request.config.empty() ? request.config
                             : request.home.empty()  ? ""
                                                     : request.home + "/guard.toml";
  if (!request.config.empty() || (!config.empty() && fs::exists(config))) {
    Z5_TRY(file, read_file(config));
  }
  if (request.home.empty() && config.empty())
    return invalid("neither --home nor --config is given");
  const auto placed = [&](const std::string& text, const std::string& in_home) {
    return text.empty() && !request.home.empty() ? in_home : file.path(text);
  };

  Settings out;
  out.actor = first_of(request.actor, file.actor);
  if (!is_slug(out.actor))
    return invalid("actor: --as, or `actor` in guard.toml, names the serving actor");
  Z5_TRY(const chain::Trust trust, chain::load_trust(placed(file.trust, home.trust_file())));
  out.ledger = {trust.origin, trust.genesis};
  std::vector<std::string> keys = file.keys;
  for (std::string& key : keys) key = file.path(key);
  if (keys.empty() && !request.home.empty()) keys.push_back(home.public_key_file("permit"));
  for (const std::string& path : keys) {
    Z5_TRY(keys::PublicKey key, keys::load_public_key(path));
    out.service_keys.push_back(std::move(key));
  }
  if (out.service_keys.empty()) return invalid("keys: no key of a permit service is pinned");
  Z5_TRY(out.policies, policies_in(placed(file.policy, home.policy()), request.policy_digest));
  out.heads = placed(file.heads, home.heads());
  if (out.heads.empty()) return invalid("heads: no folder for what was seen before");
  out.audience = file.audience;
  if (!file.environment.empty()) {
    Z5_TRY(out.environment, identity::parse_environment(file.environment));
  }
  for (const std::string& source : file.sources) out.sources.push_back(file.path(source));
  Z5_TRY(out.service, service_of(file, home));
  Z5_TRY(out.service.bearer, read_token(placed(file.token, home.tokens() + "/" + out.actor)));
  return out;
}

}  // namespace z5::guard
