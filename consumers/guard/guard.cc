// SPDX-License-Identifier: Apache-2.0
#include "consumers/guard/guard.h"

#include <fmt/format.h>

#include <filesystem>

#include "consumers/guard/seen.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::guard {
namespace {

// A nonce longer than it must be: nobody counts how many were used.
constexpr std::size_t kNonceBytes = 32;

std::vector<Refusal> refusals_in(const std::string& body) {
  std::vector<Refusal> out;
  const auto json = parse_json(body);
  if (json.ok() && json->is_object() && json->contains("refusal") &&
      (*json)["refusal"].is_array()) {
    for (const Json& each : (*json)["refusal"]) {
      auto rule = json_string(each, "rule", "refusal"),
           reason = json_string(each, "reason", "refusal");
      if (rule.ok() && reason.ok()) out.push_back({std::move(*rule), std::move(*reason)});
    }
  }
  return out;
}

Failure failure_of(const http::ClientResponse& response, std::string_view what) {
  const auto refusals = refusals_in(response.body);
  const bool refused = response.status == 401 || response.status == 403;
  Failure out{refused                  ? Exit::Refused
              : response.status == 400 ? Exit::Usage
                                       : Exit::Unavailable,
              refusals};
  if (out.reasons.empty()) {
    out.reasons.push_back({refused ? "refused" : "unavailable",
                           fmt::format("{}: the service answers {}: {}", what, response.status,
                                       response.body.substr(0, 512))});
  }
  return out;
}

}  // namespace

Failure failure(Exit exit, std::string rule, std::string reason) {
  return {exit, {{std::move(rule), std::move(reason)}}};
}

Failure failure(const Error& error, std::string rule) {
  const Exit exit = error.code == ErrorCode::Corrupt       ? Exit::Integrity
                    : error.code == ErrorCode::Unavailable ? Exit::Unavailable
                                                           : Exit::Usage;
  return failure(exit, std::move(rule), error.message);
}

Guard::Guard(Settings settings, std::function<Time()> clock)
    : settings_(std::move(settings)), clock_(std::move(clock)), client_(settings_.service) {}

Expected<std::string, Failure> Guard::request_permit(const std::string& model,
                                                     const std::string& nonce) {
  Json digests = Json::array();
  for (const Digest& digest : settings_.policies) digests.push_back(digest.text());
  const Json body = {
      {"model", model}, {"nonce", nonce}, {"runtime", {{"policy_digests", digests}}}};
  const auto response = client_.request(
      "POST", "/v1/permits", {{"Content-Type", "application/json"}}, canonical_json(body));
  if (!response.ok()) return failure(response.error(), "service-unavailable");
  if (response->status != 200) return failure_of(*response, "permit");
  const auto json = parse_json(response->body);
  if (!json.ok() || !json->is_object() || !json->contains("permit")) {
    return failure(Exit::Integrity, "answer-malformed", "the service's answer holds no permit");
  }
  return (*json)["permit"].dump();
}

Expected<document::Manifest, Failure> Guard::fetch_manifest(const verify::Permit& permit) {
  const auto response = client_.request("GET", permit.manifest_url());
  if (!response.ok()) return failure(response.error(), "manifest-unavailable");
  if (response->status != 200) return failure_of(*response, "manifest");
  if (sha256(response->body) != permit.model_digest) {
    return failure(Exit::Integrity, "manifest-digest",
                   "the manifest is not the one that the permit names");
  }
  auto manifest = document::parse_manifest(response->body);
  if (!manifest.ok())
    return failure(Exit::Integrity, "manifest-malformed", manifest.error().message);
  return std::move(*manifest);
}

Expected<Loadable, Failure> Guard::ask(const std::string& model) {
  if (!parse_reference(model).ok() && !parse_serving_alias(model).ok()) {
    return failure(
        Exit::Usage, "model",
        fmt::format("'{}': neither tenant/model:version nor tenant/model@serving", model));
  }
  const std::string nonce = to_hex(keys::random_bytes(kNonceBytes));
  Z5_TRY(const std::string bundle, request_permit(model, nonce));
  auto permit = verify::verify_permit(bundle, {.services = settings_.service_keys,
                                               .ledger = settings_.ledger,
                                               .model = model,
                                               .nonce = nonce,
                                               .audience = settings_.audience,
                                               .environment = settings_.environment,
                                               .policies = settings_.policies,
                                               .now = clock_()});
  if (!permit.ok())
    return failure(Exit::Integrity, permit.error().rule, "permit: " + permit.error().reason);
  if (const Status kept = keep_seen(settings_.heads, settings_.actor, *permit); !kept.ok()) {
    return failure(kept.error(), "older-than-seen");
  }
  Z5_TRY(document::Manifest manifest, fetch_manifest(*permit));
  return Loadable{std::move(*permit), std::move(manifest)};
}

Expected<Loadable, Failure> Guard::check(const std::string& model, const std::string& directory,
                                         const std::string& ignore) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    return failure(Exit::Usage, "directory", fmt::format("{}: is no folder", directory));
  }
  Z5_TRY(Loadable loadable, ask(model));
  const Status same =
      document::verify_directory(directory, loadable.manifest, {.ignore = ignore, .threads = 0});
  if (!same.ok()) {
    // A symlink or a name that is no name of a model is as bad as a changed byte.
    const Exit exit =
        same.error().code == ErrorCode::Unavailable ? Exit::Unavailable : Exit::Integrity;
    return failure(exit, "model-bytes", same.error().message);
  }
  if (clock_() < loadable.permit.not_after) return loadable;
  const Digest hashed = loadable.permit.model_digest;
  Z5_TRY(loadable, ask(model));
  if (loadable.permit.model_digest != hashed) {
    return failure(Exit::Refused, "model-changed",
                   "another version serves since the folder was read; check again");
  }
  return loadable;
}

}  // namespace z5::guard
