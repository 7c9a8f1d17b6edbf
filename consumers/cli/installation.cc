// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/installation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "consumers/cli/files.h"
#include "consumers/cli/process.h"
#include "ledger/http/target.h"
#include "schemas/ids.h"

namespace z5::cli {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// The reasons in an answer, if it has any.
std::vector<Refusal> refusals_in(const Json& body) {
  std::vector<Refusal> out;
  if (!body.is_object() || !body.contains("refusal") || !body["refusal"].is_array()) return out;
  for (const Json& item : body["refusal"]) {
    const auto rule = json_string(item, "rule", "refusal");
    const auto reason = json_string(item, "reason", "refusal");
    if (rule.ok() && reason.ok()) out.push_back({*rule, *reason});
  }
  return out;
}

std::string message_in(const Json& body, int status) {
  if (body.is_object() && body.contains("error") && body["error"].is_object()) {
    return body["error"].value("message", fmt::format("status {}", status));
  }
  return fmt::format("status {}", status);
}

std::string joined(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const Refusal& refusal : refusals) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", refusal.rule, refusal.reason);
  }
  return text;
}

}  // namespace

Service::Answer Service::read(const http::ClientResponse& response) const {
  using Body = Expected<std::string, No>;
  if (response.status >= 200 && response.status < 300) return Body(response.body);
  const auto json = parse_json(response.body, limits::kMaxResponse);
  const Json body = json.ok() ? *json : Json();
  std::vector<Refusal> refusals = refusals_in(body);
  const std::string message =
      refusals.empty() ? message_in(body, response.status) : joined(refusals);
  switch (response.status) {
    case 401:
    case 403:
    case 409:
      if (refusals.empty()) refusals.push_back({"refused", message});
      return Body(No{1, std::move(refusals)});
    case 404:
      return Body(No{1, {{"not-found", message}}});
    case 400:
    case 413:
    case 422:
      if (refusals.empty()) return invalid(message);
      return Body(No{2, std::move(refusals)});
    case 500:
      return corrupt(message);
    default:
      return unavailable(message);
  }
}

Service::Answer Service::get(std::string_view target) {
  Z5_TRY(const http::ClientResponse response, client_.request("GET", target));
  return read(response);
}

Service::Answer Service::post(std::string_view target, std::string_view body) {
  auto response = client_.request("POST", target, {{"Content-Type", "application/json"}}, body);
  if (!response.ok() && response.error().code == ErrorCode::Unavailable) {
    response = client_.request("POST", target, {{"Content-Type", "application/json"}}, body);
  }
  if (!response.ok()) return response.error();
  return read(*response);
}

Result<ledger::Home> home_of(const Globals& globals) {
  if (globals.home.empty()) return invalid("which ledger? give --home or set Z5_HOME");
  std::error_code ignored;
  return ledger::Home(std::filesystem::absolute(globals.home, ignored).string());
}

Result<Installation> Installation::open(const Globals& globals) {
  Z5_TRY(ledger::Home home, home_of(globals));
  auto trust = chain::load_trust(home.trust_file());
  if (!trust.ok()) return invalid(trust.error().message + " (z5 init makes a home)");
  return Installation(std::move(home), std::move(*trust));
}

Result<Service> Installation::service(std::string_view name, std::string_view actor) const {
  const auto running = running_service(home_, name);
  if (!running) return unavailable(fmt::format("z5-{} is not running here: z5 up", name));
  if (!is_slug(actor)) return invalid(fmt::format("--as: '{}' is no actor", actor));
  const std::string file = fmt::format("{}/{}", home_.tokens(), actor);
  auto token = read_file(file, limits::kMaxToken + 2);
  if (!token.ok()) return invalid(token.error().message + " (z5 token ACTOR makes one)");
  Z5_TRY(http::ClientOptions options, client_options(home_, *running));
  options.bearer = trimmed(std::move(*token));
  return Service(std::move(options));
}

Service::Answer Installation::read(std::string_view target, std::string_view actor) const {
  std::uint64_t own_sequence = 0;
  {
    Z5_TRY(const Heads kept, heads());
    own_sequence = kept.own_sequence();
  }
  Z5_TRY(Service permit, service("permit", actor));
  const char separator = target.find('?') == std::string_view::npos ? '?' : '&';
  return permit.get(own_sequence == 0
                        ? std::string(target)
                        : fmt::format("{}{}min_sequence={}", target, separator, own_sequence));
}

Result<Expected<Json, No>> Installation::read_json(std::string_view target,
                                                   std::string_view actor) const {
  Z5_TRY(const auto answer, read(target, actor));
  if (!answer.ok()) return Expected<Json, No>(answer.error());
  Z5_TRY(Json json, parse_json(*answer, limits::kMaxResponse));
  return Expected<Json, No>(std::move(json));
}

Result<std::string> version_target(const std::string& ref) {
  if (const auto name = parse_serving_alias(ref); name.ok()) {
    const std::size_t slash = name->find('/');
    return fmt::format("/v1/serving/{}/{}", http::encode_segment(name->substr(0, slash)),
                       http::encode_segment(name->substr(slash + 1)));
  }
  Z5_TRY(const Reference reference, parse_reference(ref));
  return fmt::format("/v1/versions/{}/{}/{}", http::encode_segment(reference.tenant),
                     http::encode_segment(reference.model),
                     http::encode_segment(reference.version));
}

}  // namespace z5::cli
