// SPDX-License-Identifier: Apache-2.0
#include "ledger/identity/enrollment.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "ledger/evidence/sigstore/trust_roots.h"
#include "ledger/identity/actor.h"
#include "ledger/keys/key.h"
#include "schemas/limits.h"

namespace z5::identity {
namespace {

Result<std::vector<std::string>> sorted_strings(const Json& object, std::string_view field,
                                                bool (*good)(std::string_view),
                                                std::string_view form) {
  std::vector<std::string> out;
  if (!object.contains(field)) return out;
  Z5_TRY(const Json* list, json_array(object, field, "actor"));
  for (const Json& item : *list) {
    if (!item.is_string() || !good(item.get_ref<const std::string&>())) {
      return invalid(fmt::format("actor.{}: expected {}", field, form));
    }
    out.push_back(item.get<std::string>());
  }
  std::sort(out.begin(), out.end());
  if (std::adjacent_find(out.begin(), out.end()) != out.end())
    return invalid(fmt::format("actor.{}: twice", field));
  return out;
}

bool is_attribute(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals != std::string_view::npos && is_slug(text.substr(0, equals)) &&
         is_slug(text.substr(equals + 1));
}

Status take_key(const Json& actor, fb::ActorEnrolledT& event) {
  if (actor.contains("key") == actor.contains("identity"))
    return invalid("actor.key: exactly one of key and identity");
  if (actor.contains("key")) {
    Z5_TRY(const std::string pem, json_string(actor, "key", "actor"));
    auto key = keys::PublicKey::from_pem(pem);
    if (!key.ok()) return invalid("actor." + key.error().message);
    event.key.assign(key->spki().begin(), key->spki().end());
    return Done{};
  }
  Z5_TRY(const Json* identity, json_object(actor, "identity", "actor"));
  Z5_CHECK(json_only_fields(*identity, {"issuer", "subject"}, "actor.identity"));
  Z5_TRY(const std::string issuer, json_string(*identity, "issuer", "actor.identity"));
  Z5_TRY(const std::string subject, json_string(*identity, "subject", "actor.identity"));
  if (!sigstore::is_identity_text(issuer) || !sigstore::is_identity_text(subject)) {
    return invalid(
        "actor.identity: issuer and subject are printable ASCII without blanks, exactly as in the "
        "certificate");
  }
  if (event.use != fb::KeyUse::Command && event.use != fb::KeyUse::Attest)
    return invalid("actor.identity: only for use command and attest");
  event.identity = sigstore::identity_digest(issuer, subject);
  return Done{};
}

Status take_serving(const Json& actor, fb::ActorEnrolledT& event) {
  const bool serving = event.use == fb::KeyUse::Serving;
  if (serving != actor.contains("audience") || serving != actor.contains("environment")) {
    return invalid("actor.audience: audience and environment are given exactly for use serving");
  }
  if (!serving) return Done{};
  Z5_TRY(event.audience, json_string(actor, "audience", "actor"));
  Z5_TRY(const std::string environment, json_string(actor, "environment", "actor"));
  Z5_TRY(event.environment, parse_environment(environment));
  if (event.environment == fb::Environment::None) return invalid("actor.environment: empty");
  if (!is_slug(event.audience)) return invalid("actor.audience: not a slug");
  return Done{};
}

// toml++ values as Json, so that both ways in are checked by the same code.
Json to_json(const toml::table& table) {
  Json out = Json::object();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (const auto text = node.value<std::string>())
      out[name] = *text;
    else if (const toml::array* list = node.as_array()) {
      out[name] = Json::array();
      for (const auto& item : *list) out[name].push_back(item.value<std::string>().value_or(""));
    } else if (const toml::table* inner = node.as_table())
      out[name] = to_json(*inner);
    else
      out[name] = nullptr;  // refused by the field checks
  }
  return out;
}

Result<fb::ActorEnrolledT> actor_of_table(const toml::table& table, const std::string& folder) {
  Json actor = to_json(table);
  const std::string name = actor.value("id", std::string("(without id)"));
  if (actor.contains("key") && actor["key"].is_string()) {
    const std::string path = actor["key"].get<std::string>();
    auto key = keys::load_public_key(path.starts_with('/') ? path : folder + "/" + path);
    if (!key.ok())
      return invalid(fmt::format("actors.toml: actor {}: key: {}", name, key.error().message));
    actor["key"] = key->pem();
  }
  auto event = parse_enrollment(actor);
  if (!event.ok())
    return invalid(fmt::format("actors.toml: actor {}: {}", name, event.error().message));
  return event;
}

Result<std::uint32_t> threshold(const toml::table& root, std::string_view name) {
  const auto* node = root.get(name);
  if (node == nullptr) return std::uint32_t{2};
  const auto value = node->value<std::int64_t>();
  if (!value || *value < 1 || *value > static_cast<std::int64_t>(limits::kMaxCosigners)) {
    return invalid(fmt::format("actors.toml: {}: expected 1 to {}", name, limits::kMaxCosigners));
  }
  return static_cast<std::uint32_t>(*value);
}

Status check_file(const ActorsFile& file) {
  std::set<std::string> ids, keys, admins;
  for (const fb::ActorEnrolledT& actor : file.actors) {
    if (!ids.insert(actor.actor).second)
      return invalid(fmt::format("actors.toml: actor {}: id twice", actor.actor));
    const std::string key =
        actor.key.empty() ? actor.identity.hex() : std::string(actor.key.begin(), actor.key.end());
    if (!keys.insert(key).second) {
      return invalid(
          fmt::format("actors.toml: actor {}: its key is another actor's too", actor.actor));
    }
    const bool admin =
        std::find(actor.roles.begin(), actor.roles.end(), "admin@*") != actor.roles.end();
    if (admin && actor.use == fb::KeyUse::Command && !actor.person.empty())
      admins.insert(actor.person);
  }
  if (admins.size() < file.admin_threshold) {
    return invalid(
        fmt::format("actors.toml: admin_threshold: {} admin persons are needed, {} given",
                    file.admin_threshold, admins.size()));
  }
  return Done{};
}

}  // namespace

Result<fb::ActorEnrolledT> parse_enrollment(const Json& actor) {
  Z5_CHECK(json_only_fields(actor,
                            {"id", "kind", "person", "use", "key", "identity", "roles",
                             "attributes", "audience", "environment"},
                            "actor"));
  fb::ActorEnrolledT event;
  Z5_TRY(event.actor, json_string(actor, "id", "actor"));
  if (!is_slug(event.actor)) return invalid("actor.id: not a slug [a-z0-9][a-z0-9._-]{0,63}");
  Z5_TRY(const std::string kind, json_string(actor, "kind", "actor"));
  Z5_TRY(event.kind, parse_kind(kind));
  Z5_TRY(event.person, json_string_or(actor, "person", "", "actor"));
  if ((event.kind == fb::ActorKind::Person) != is_slug(event.person)) {
    return invalid("actor.person: a slug, given exactly for kind person");
  }
  Z5_TRY(const std::string use, json_string(actor, "use", "actor"));
  Z5_TRY(event.use, parse_use(use));
  Z5_CHECK(take_key(actor, event));
  Z5_TRY(event.roles, sorted_strings(actor, "roles", is_scoped_role, "role@tenant or role@*"));
  Z5_TRY(event.attributes, sorted_strings(actor, "attributes", is_attribute, "key=value"));
  Z5_CHECK(take_serving(actor, event));
  return event;
}

Json write_enrollment(const fb::ActorEnrolledT& event) {
  Json actor = {{"id", event.actor},
                {"kind", kind_name(event.kind)},
                {"use", use_name(event.use)},
                {"roles", event.roles}};
  if (!event.person.empty()) actor["person"] = event.person;
  if (!event.attributes.empty()) actor["attributes"] = event.attributes;
  const auto key = keys::PublicKey::from_spki(
      {reinterpret_cast<const char*>(event.key.data()), event.key.size()});
  if (key.ok()) actor["key"] = key->pem();
  if (!event.audience.empty()) {
    actor["audience"] = event.audience;
    actor["environment"] = environment_name(event.environment);
  }
  return actor;
}

Result<ActorsFile> parse_actors_file(std::string_view text, const std::string& folder) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& problem) {
    return invalid(fmt::format("actors.toml: line {}: {}", problem.source().begin.line,
                               problem.description()));
  }
  ActorsFile file;
  for (const auto& [key, node] : root) {
    if (key != "admin_threshold" && key != "recovery_threshold" && key != "actor") {
      return invalid(fmt::format("actors.toml: {}: unknown field", key.str()));
    }
  }
  Z5_TRY(file.admin_threshold, threshold(root, "admin_threshold"));
  Z5_TRY(file.recovery_threshold, threshold(root, "recovery_threshold"));
  const toml::array* actors = root["actor"].as_array();
  if (actors == nullptr || actors->empty())
    return invalid("actors.toml: actor: at least one [[actor]] is needed");
  for (const auto& node : *actors) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return invalid("actors.toml: actor: expected [[actor]] tables");
    Z5_TRY(fb::ActorEnrolledT actor, actor_of_table(*table, folder));
    file.actors.push_back(std::move(actor));
  }
  Z5_CHECK(check_file(file));
  return file;
}

}  // namespace z5::identity
