// SPDX-License-Identifier: Apache-2.0
// z5 show, list, trail, pending, revocations, get: what z5-permit has read of the ledger, this
// client's newest command included.
#include <fmt/format.h>

#include <filesystem>

#include "consumers/cli/files.h"
#include "consumers/cli/installation.h"
#include "consumers/cli/verbs.h"
#include "consumers/verify/revocations.h"
#include "ledger/clock.h"
#include "ledger/http/target.h"
#include "ledger/keys/key.h"

namespace z5::cli {
namespace {

struct Flags {
  std::string ref, as = "local", tenant, role, artifact, out;
};

void add_as(CLI::App& verb, Flags& flags) {
  verb.add_option("--as", flags.as, "the actor whose token is used");
}

std::string line_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<Outcome> show(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const std::string target, version_target(flags.ref));
  Z5_TRY(auto version, installation.read_json(target, flags.as));
  if (!version.ok()) return outcome_of(version.error());
  std::string text;
  for (const auto& [name, value] : version->items())
    text += fmt::format("{:<16} {}\n", name, line_of(value));
  return Outcome{.text = std::move(text), .document = std::move(*version), .exit = 0};
}

// Every page of a list: `rows` of each answer, until next is empty.
Result<Expected<Json, No>> all_pages(const Installation& installation, const std::string& target,
                                     std::string_view rows, const std::string& as) {
  Json out = Json::array();
  std::string after;
  do {
    const char separator = target.find('?') == std::string::npos ? '?' : '&';
    const std::string page =
        after.empty() ? target
                      : fmt::format("{}{}after={}", target, separator, http::encode_segment(after));
    Z5_TRY(const auto answer, installation.read_json(page, as));
    if (!answer.ok()) return Expected<Json, No>(answer.error());
    Z5_TRY(const Json* list, json_array(*answer, rows, "answer"));
    for (const Json& row : *list) out.push_back(row);
    Z5_TRY(const std::string next, json_string_or(*answer, "next", "", "answer"));
    if (next == after) break;
    after = next;
  } while (!after.empty());
  return Expected<Json, No>(std::move(out));
}

std::string query(const Flags& flags) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      text += fmt::format("{}{}={}", text.empty() ? '?' : '&', name, http::encode_segment(value));
  };
  add("tenant", flags.tenant);
  add("role", flags.role);
  return text;
}

Result<Outcome> list(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto versions,
         all_pages(installation, "/v1/versions" + query(flags), "versions", flags.as));
  if (!versions.ok()) return outcome_of(versions.error());
  std::string text;
  for (const Json& version : *versions) {
    const bool held = version.contains("hold") && !version["hold"].is_null();
    text += fmt::format("{} {}{} {}\n", version.value("ref", ""), version.value("stage", ""),
                        held ? " (quarantine)" : "", version.value("model_digest", ""));
  }
  return Outcome{
      .text = std::move(text), .document = {{"versions", std::move(*versions)}}, .exit = 0};
}

Result<Outcome> pending(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto versions, all_pages(installation, "/v1/pending" + query(flags), "pending", flags.as));
  if (!versions.ok()) return outcome_of(versions.error());
  std::string text;
  for (const Json& version : *versions) {
    text += version.value("ref", "") + " lacks";
    for (const Json& role : version.value("lacks", Json::array())) text += " " + line_of(role);
    text += "\n";
  }
  return Outcome{
      .text = std::move(text), .document = {{"pending", std::move(*versions)}}, .exit = 0};
}

Result<Outcome> trail(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const std::string target, version_target(flags.ref));
  Z5_TRY(auto entries, all_pages(installation, target + "/trail", "entries", flags.as));
  if (!entries.ok()) return outcome_of(entries.error());
  std::string text;
  for (const Json& entry : *entries) {
    text += fmt::format("{:>6} {} {:<20} {}\n", entry.value("sequence", std::uint64_t{0}),
                        entry.value("recorded_at", ""), entry.value("event", ""),
                        entry.value("actor", ""));
  }
  return Outcome{.text = std::move(text),
                 .document = {{"ref", flags.ref}, {"entries", std::move(*entries)}},
                 .exit = 0};
}

Json json_of(const verify::RevocationList& list) {
  Json versions = Json::array();
  for (const verify::RevokedVersion& version : list.versions) {
    Json row = {{"ref", version.ref}, {"sequence", version.sequence}, {"hold", version.hold}};
    if (version.hold) {
      row["review_by"] = to_rfc3339(version.review_by);
    } else {
      row["reason"] = version.reason;
    }
    versions.push_back(std::move(row));
  }
  return {{"versions", std::move(versions)},
          {"sequence", list.seen.size},
          {"issued_at", to_rfc3339(list.issued_at)},
          {"next_update", to_rfc3339(list.next_update)}};
}

// The list is believed because keys/permit signed it, not because the service said so.
Result<Outcome> revocations(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const keys::PublicKey service,
         keys::load_public_key(installation.home().public_key_file("permit")));
  Z5_TRY(const auto note, installation.read("/v1/revocations" + query(flags), flags.as));
  if (!note.ok()) return outcome_of(note.error());
  const auto checked = verify::verify_revocations(
      *note, {.services = {&service, 1},
              .ledger = {installation.trust().origin, installation.trust().genesis},
              .tenant = flags.tenant,
              .at_least = 0,
              .now = ledger::machine_clock().wall()});
  if (!checked.ok())
    return corrupt(fmt::format("{}: {}", checked.error().rule, checked.error().reason));
  Json document = json_of(*checked);
  document["list"] = *note;
  return Outcome{.text = *note, .document = std::move(document), .exit = 0};
}

// --- get ---

struct Wanted {
  std::string target;  // below the version
  Digest digest;       // what the bytes must have
};

Result<Digest> digest_field(const Json& object, std::string_view field) {
  Z5_TRY(const std::string text, json_string(object, field, "version"));
  return digest_from_text(text);
}

// Names as people write them: release_manifest or release_manifest.json, policy_snapshot or
// policy_snapshot/, manifest, or a document's digest.
Result<Expected<Wanted, No>> find_artifact(const Json& version, std::string name) {
  using Found = Expected<Wanted, No>;
  if (name == "manifest") {
    Z5_TRY(const Digest digest, digest_field(version, "model_digest"));
    return Found(Wanted{"/manifest", digest});
  }
  if (const auto digest = digest_from_text(name); digest.ok())
    return Found(Wanted{"/evidence/" + name, *digest});
  for (const std::string_view ending : {".json", ".md", "/"}) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  const Json releases = version.value("releases", Json::array());
  if (releases.empty())
    return Found(No{1, {{"not-found", "nothing was released for this version"}}});
  for (const char* known :
       {"release_manifest", "policy_snapshot", "release_notes", "dashboards_links"}) {
    if (name != known) continue;
    Z5_TRY(const Digest digest, digest_field(releases.back(), name));
    return Found(Wanted{"/release/" + name, digest});
  }
  return invalid(fmt::format(
      "'{}' is no artefact: manifest, release_manifest, policy_snapshot, release_notes, "
      "dashboards_links, or sha256:HEX of a document",
      name));
}

Result<Expected<Bytes, No>> fetch(const Installation& installation, const std::string& target,
                                  const Digest& digest, const std::string& as) {
  Z5_TRY(auto bytes, installation.read(target, as));
  if (bytes.ok() && sha256(*bytes) != digest)
    return corrupt(target + ": the service gave other bytes than the ledger names");
  return bytes;
}

// Every file of the snapshot below `folder`; `manifest` names them.
Result<Expected<Done, No>> fetch_snapshot(const Installation& installation,
                                          const std::string& target, std::string_view manifest,
                                          const Flags& flags) {
  namespace fs = std::filesystem;
  while (!manifest.empty()) {
    const std::size_t end = manifest.find('\n');
    if (end == std::string_view::npos || end < 67)
      return corrupt("policy_snapshot: a line of its manifest is malformed");
    Z5_TRY(const Digest digest, digest_from_hex(manifest.substr(0, 64)));
    const std::string path(manifest.substr(66, end - 66));
    manifest.remove_prefix(end + 1);
    if (path.find("..") != std::string::npos || path.starts_with('/'))
      return corrupt("policy_snapshot: leads out of its folder");
    std::string escaped;
    for (const fs::path& part : fs::path(path))
      escaped += "/" + http::encode_segment(part.string());
    Z5_TRY(const auto bytes, fetch(installation, target + escaped, digest, flags.as));
    if (!bytes.ok()) return Expected<Done, No>(bytes.error());
    std::error_code ignored;
    fs::create_directories((fs::path(flags.out) / path).parent_path(), ignored);
    Z5_CHECK(write_file((fs::path(flags.out) / path).string(), *bytes));
  }
  return Expected<Done, No>(Done{});
}

Result<Outcome> get(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const std::string target, version_target(flags.ref));
  Z5_TRY(const auto version, installation.read_json(target, flags.as));
  if (!version.ok()) return outcome_of(version.error());
  Z5_TRY(const auto wanted, find_artifact(*version, flags.artifact));
  if (!wanted.ok()) return outcome_of(wanted.error());
  Z5_TRY(const std::string ref, json_string(*version, "ref", "version"));
  Z5_TRY(const std::string exact, version_target(ref));
  const std::string route = exact + wanted->target;
  Z5_TRY(const auto bytes, fetch(installation, route, wanted->digest, flags.as));
  if (!bytes.ok()) return outcome_of(bytes.error());
  Json document = {{"ref", ref}, {"digest", wanted->digest.text()}, {"bytes", bytes->size()}};
  if (flags.out.empty()) {
    document["content"] = *bytes;
    return Outcome{.text = *bytes, .document = std::move(document), .exit = 0};
  }
  if (wanted->target.ends_with("policy_snapshot")) {
    Z5_TRY(const auto done, fetch_snapshot(installation, route, *bytes, flags));
    if (!done.ok()) return outcome_of(done.error());
  } else {
    Z5_CHECK(write_file(flags.out, *bytes));
  }
  document["out"] = flags.out;
  return Outcome{.text = fmt::format("{} {}\n", flags.out, wanted->digest.text()),
                 .document = std::move(document),
                 .exit = 0};
}

void declare_ref(CLI::App& verb, Flags& flags) {
  verb.add_option("ref", flags.ref, "tenant/model:version, or tenant/model@serving")->required();
  add_as(verb, flags);
}

}  // namespace

void add_reads(CLI::App& app, Verb& chosen) {
  const auto tenant = [](CLI::App& verb, Flags& flags) {
    verb.add_option("--tenant", flags.tenant, "only this tenant's");
    add_as(verb, flags);
  };
  add_verb<Flags>(app, chosen, "show", "one version", declare_ref, show);
  add_verb<Flags>(app, chosen, "list", "all versions", tenant, list);
  add_verb<Flags>(app, chosen, "trail", "every entry about a version", declare_ref, trail);
  add_verb<Flags>(
      app, chosen, "pending", "versions that wait for an approval",
      [tenant](CLI::App& verb, Flags& flags) {
        tenant(verb, flags);
        verb.add_option("--role", flags.role, "security or product")
            ->check(CLI::IsMember({"security", "product"}));
      },
      pending);
  add_verb<Flags>(app, chosen, "revocations", "the signed list of what must not be loaded", tenant,
                  revocations);
  add_verb<Flags>(
      app, chosen, "get", "an artefact of a version, its digest checked",
      [](CLI::App& verb, Flags& flags) {
        declare_ref(verb, flags);
        verb.add_option("artifact", flags.artifact,
                        "manifest, release_manifest, policy_snapshot, release_notes, "
                        "dashboards_links, or sha256:HEX")
            ->required();
        verb.add_option("--out", flags.out, "file; for policy_snapshot a folder");
      },
      get);
}

}  // namespace z5::cli
