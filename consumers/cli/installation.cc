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

// Who writes the ledger, says the answer of an instance that does not.
std::string leader_in(const std::string& text) {
  const auto body = parse_json(text);
  if (!body.ok() || !body->is_object() || !body->contains("leader")) return {};
  const auto leader = json_string(*body, "leader", "answer");
  return leader.ok() ? *leader : "";
}

// The other instances of this ledger that config.toml names.
Result<Service::Peers> peers_of(const ledger::Home& home, const std::string& token) {
  Z5_TRY(const ledger::Config config, ledger::load_config(home));
  Service::Peers peers;
  for (const std::string& url : ledger::peers_of(config)) {
    Z5_TRY(http::ClientOptions options, http::parse_url(url));
    if (options.tls) options.tls->ca_file = config.ledger_listen.tls_certificate;
    options.bearer = token;
    peers.emplace(url, std::move(options));
  }
  return peers;
}

std::string joined(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const Refusal& refusal : refusals) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", refusal.rule, refusal.reason);
  }
  return text;
}

}  // namespace

Service::Answer read_answer(int status, const std::string& text) {
  using Body = Expected<std::string, No>;
  if (status >= 200 && status < 300) return Body(text);
  const auto json = parse_json(text, limits::kMaxResponse);
  const Json body = json.ok() ? *json : Json();
  std::vector<Refusal> refusals = refusals_in(body);
  const std::string message = refusals.empty() ? message_in(body, status) : joined(refusals);
  switch (status) {
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

Result<http::ClientResponse> Service::ask(std::string_view method, std::string_view target,
                                          std::string_view body) {
  std::vector<http::Field> fields;
  if (!body.empty()) fields.push_back({"Content-Type", "application/json"});
  auto response = client_.request(method, target, fields, body);
  if (!response.ok() && response.error().code == ErrorCode::Unavailable && method == "POST")
    response = client_.request(method, target, fields, body);
  if (!response.ok() || response->status != 503 || peers_.empty()) return response;
  const auto leader = peers_.find(leader_in(response->body));
  if (leader == peers_.end()) return response;
  client_ = http::Client(leader->second);
  peers_.clear();
  return ask(method, target, body);
}

Service::Answer Service::get(std::string_view target) {
  Z5_TRY(const http::ClientResponse response, ask("GET", target, {}));
  return read_answer(response.status, response.body);
}

Service::Answer Service::post(std::string_view target, std::string_view body) {
  Z5_TRY(const http::ClientResponse response, ask("POST", target, body));
  return read_answer(response.status, response.body);
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
  return Installation(std::move(home), std::move(*trust), globals.via == "kafka");
}

Result<Service> Installation::service(std::string_view name, std::string_view actor) const {
  if (!is_slug(actor)) return invalid(fmt::format("--as: '{}' is no actor", actor));
  const std::string file = fmt::format("{}/{}", home_.tokens(), actor);
  auto token = read_file(file, limits::kMaxToken + 2);
  if (!token.ok()) return invalid(token.error().message + " (z5 token ACTOR makes one)");
  const std::string bearer = trimmed(std::move(*token));
  Service::Peers peers;
  if (name == "ledger") {
    Z5_TRY(peers, peers_of(home_, bearer));
  }
  const auto running = running_service(home_, name);
  if (!running && !peers.empty()) return Service(peers.begin()->second, peers);
  if (!running) return unavailable(fmt::format("z5-{} is not running here: z5 up", name));
  Z5_TRY(http::ClientOptions options, client_options(home_, *running));
  options.bearer = bearer;
  return Service(std::move(options), std::move(peers));
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
