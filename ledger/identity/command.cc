// SPDX-License-Identifier: Apache-2.0
#include "ledger/identity/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "schemas/limits.h"

namespace z5::identity {
namespace {

constexpr std::string_view kStatementV1 = "https://in-toto.io/Statement/v1";
constexpr std::string_view kStatementV01 = "https://in-toto.io/Statement/v0.1";
constexpr std::string_view kTypePrefix = "urn:z5:command:";
constexpr std::string_view kTypeSuffix = ":v1";

constexpr std::array<KindRules, 17> kRules = {{
    {Kind::Submit, "submit", SubjectOf::Model, false},
    {Kind::Attach, "attach", SubjectOf::Model, false},
    {Kind::Annotate, "annotate", SubjectOf::Model, false},
    {Kind::Label, "label", SubjectOf::Model, false},
    {Kind::Stage, "stage", SubjectOf::Model, false},
    {Kind::Approve, "approve", SubjectOf::Model, false},
    {Kind::WithdrawApproval, "withdraw-approval", SubjectOf::Model, false},
    {Kind::Promote, "promote", SubjectOf::Model, false},
    {Kind::Rebind, "rebind", SubjectOf::Model, false},
    {Kind::Quarantine, "quarantine", SubjectOf::Model, false},
    {Kind::LiftQuarantine, "lift-quarantine", SubjectOf::Model, false},
    {Kind::Revoke, "revoke", SubjectOf::Model, false},
    {Kind::EnrollActor, "enroll-actor", SubjectOf::Key, true},
    {Kind::RetireActor, "retire-actor", SubjectOf::Key, true},
    {Kind::SetQuorum, "set-quorum", SubjectOf::Ledger, true},
    {Kind::ActivatePolicy, "activate-policy", SubjectOf::Policy, true},
    {Kind::SetTrustRoot, "set-trust-root", SubjectOf::TrustDocument, true},
}};

enum class Form {
  Slug,
  RunId,
  Dataset,
  Digest,
  DigestOrNone,
  Time,
  Count,
  Bool,
  Text,
  Role,
  Stage,
  RefOrNone,
  Uris,
  Tags,
  Slugs,
  Documents,
  Object,
  TrustDocument
};
struct Field {
  Kind kind;
  std::string_view name;
  Form form;
  bool required;
};
constexpr Field kFields[] = {
    {Kind::Submit, "run_id", Form::RunId, false},
    {Kind::Submit, "dataset", Form::Dataset, false},
    {Kind::Submit, "container_digest", Form::Digest, false},
    {Kind::Submit, "artifact_uris", Form::Uris, false},
    {Kind::Submit, "tags", Form::Tags, false},
    {Kind::Submit, "documents", Form::Documents, true},
    {Kind::Attach, "documents", Form::Documents, true},
    {Kind::Annotate, "tags", Form::Tags, true},
    {Kind::Label, "labels", Form::Slugs, true},
    {Kind::Approve, "role", Form::Role, true},
    {Kind::Approve, "stage_to", Form::Stage, true},
    {Kind::Approve, "evidence_root", Form::Digest, true},
    {Kind::Approve, "facts", Form::Digest, true},
    {Kind::Approve, "policy", Form::Digest, true},
    {Kind::Approve, "engine", Form::Text, true},
    {Kind::Approve, "ticket", Form::Digest, true},
    {Kind::Approve, "serving", Form::RefOrNone, true},
    {Kind::Promote, "ticket", Form::Digest, true},
    {Kind::Quarantine, "reason", Form::Slug, true},
    {Kind::Quarantine, "review_by", Form::Time, true},
    {Kind::Revoke, "reason", Form::Slug, true},
    {Kind::EnrollActor, "actor", Form::Object, true},
    {Kind::RetireActor, "actor", Form::Slug, true},
    {Kind::RetireActor, "reason", Form::Slug, true},
    {Kind::RetireActor, "invalid_since", Form::Time, false},
    {Kind::SetQuorum, "admin_threshold", Form::Count, true},
    {Kind::SetQuorum, "recovery_threshold", Form::Count, true},
    {Kind::ActivatePolicy, "registry", Form::DigestOrNone, true},
    {Kind::ActivatePolicy, "authz", Form::DigestOrNone, true},
    {Kind::ActivatePolicy, "withdraw_previous", Form::Bool, true},
    {Kind::SetTrustRoot, "root", Form::Slug, true},
    {Kind::SetTrustRoot, "document", Form::TrustDocument, false},
    {Kind::SetTrustRoot, "valid_from", Form::Time, false},
    {Kind::SetTrustRoot, "valid_to", Form::Time, false},
    {Kind::SetTrustRoot, "withdrawn_at", Form::Time, false},
    {Kind::SetTrustRoot, "invalid_since", Form::Time, false},
};
constexpr std::string_view kCommonFields[] = {"ledger",     "ref",  "command_id", "issued_at",
                                              "expires_at", "seen", "dry_run",    "comment"};
constexpr std::string_view kDocumentKinds[] = {"adr",      "attestation", "image-signature",
                                               "manifest", "model-card",  "sbom",
                                               "scdr",     "signature",   "vex"};

bool printable(std::string_view text, std::size_t max) {
  return text.size() <= max && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
         });
}

bool is_dataset(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && is_run_id(text.substr(0, at)) &&
         is_run_id(text.substr(at + 1));
}

bool are_tags(const Json& value) {
  if (!value.is_object() || value.size() > limits::kMaxTags) return false;
  for (const auto& [key, tag] : value.items()) {
    if (!is_slug(key) || !tag.is_string()) return false;
    if (!printable(tag.get_ref<const std::string&>(), limits::kMaxTagBytes - key.size()))
      return false;
  }
  return true;
}

bool are_strings(const Json& value, std::size_t max, bool (*good)(std::string_view)) {
  return value.is_array() && value.size() <= max &&
         std::all_of(value.begin(), value.end(), [&](const Json& item) {
           return item.is_string() && good(item.get_ref<const std::string&>());
         });
}

bool are_documents(const Json& value) {
  if (!value.is_array() || value.size() > limits::kMaxDocuments) return false;
  return std::all_of(value.begin(), value.end(), [](const Json& item) {
    if (!item.is_object() || item.size() != 2 || !item.contains("kind") || !item.contains("digest"))
      return false;
    const Json& kind = item["kind"];
    const Json& digest = item["digest"];
    return kind.is_string() && digest.is_string() &&
           digest_from_text(digest.get_ref<const std::string&>()).ok() &&
           std::find(std::begin(kDocumentKinds), std::end(kDocumentKinds),
                     kind.get_ref<const std::string&>()) != std::end(kDocumentKinds);
  });
}

bool string_has_form(const std::string& text, Form form) {
  switch (form) {
    case Form::Slug:
      return is_slug(text);
    case Form::RunId:
      return is_run_id(text);
    case Form::Dataset:
      return is_dataset(text);
    case Form::Digest:
      return digest_from_text(text).ok();
    case Form::DigestOrNone:
      return text.empty() || digest_from_text(text).ok();
    case Form::Time:
      return from_rfc3339(text).ok();
    case Form::Count: {
      const auto count = parse_decimal(text, "count");
      return count.ok() && *count > 0 && *count <= limits::kMaxCosigners;
    }
    case Form::Text:
      return printable(text, limits::kMaxTagBytes);
    case Form::TrustDocument:
      return !text.empty() && text.size() <= limits::kMaxTrustedRoot;
    case Form::Role:
      return text == "security" || text == "product";
    case Form::Stage:
      return text == "Staging" || text == "Approved";
    case Form::RefOrNone:
      return text.empty() || parse_reference(text).ok();
    default:
      return false;
  }
}

bool has_form(const Json& value, Form form) {
  switch (form) {
    case Form::Bool:
      return value.is_boolean();
    case Form::Object:
      return value.is_object();
    case Form::Tags:
      return are_tags(value);
    case Form::Documents:
      return are_documents(value);
    case Form::Slugs:
      return are_strings(value, limits::kMaxTags, is_slug);
    case Form::Uris:
      return are_strings(value, limits::kMaxTags, [](std::string_view uri) {
        return printable(uri, limits::kMaxTagBytes) && uri.find("://") != std::string_view::npos;
      });
    default:
      return value.is_string() && string_has_form(value.get_ref<const std::string&>(), form);
  }
}

// Moves the kind's own fields out of `predicate` into `command`, each checked.
Status take_fields(const Json& predicate, Command& command) {
  for (const auto& [name, value] : predicate.items()) {
    if (std::find(std::begin(kCommonFields), std::end(kCommonFields), name) !=
        std::end(kCommonFields))
      continue;
    const auto field =
        std::find_if(std::begin(kFields), std::end(kFields), [&](const Field& candidate) {
          return candidate.kind == command.kind && candidate.name == name;
        });
    if (field == std::end(kFields))
      return invalid(fmt::format("predicate.{}: unknown field", name.substr(0, 64)));
    if (!has_form(value, field->form))
      return invalid(fmt::format("predicate.{}: not of its form", name));
    command.fields[name] = value;
  }
  for (const Field& field : kFields) {
    if (field.kind == command.kind && field.required && !command.fields.contains(field.name)) {
      return invalid(fmt::format("predicate.{}: missing", field.name));
    }
  }
  return Done{};
}

Result<Time> json_time(const Json& object, std::string_view field) {
  Z5_TRY(const std::string text, json_string(object, field, "predicate"));
  auto time = from_rfc3339(text);
  if (!time.ok()) return invalid(fmt::format("predicate.{}: not an RFC 3339 date-time", field));
  return time;
}
Result<Digest> json_digest(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const std::string text, json_string(object, field, where));
  auto digest = digest_from_text(text);
  if (!digest.ok())
    return invalid(fmt::format("{}.{}: expected sha256:<64 hex digits>", where, field));
  return digest;
}

Result<Kind> kind_of_type(std::string_view type) {
  if (!type.starts_with(kTypePrefix) || !type.ends_with(kTypeSuffix)) {
    return invalid("predicateType: not urn:z5:command:<kind>:v1");
  }
  type.remove_prefix(kTypePrefix.size());
  type.remove_suffix(kTypeSuffix.size());
  return parse_command_kind(type);
}

Status take_subject(const Json& statement, Command& command) {
  Z5_TRY(const Json* subjects, json_array(statement, "subject", ""));
  if (subjects->size() != 1) return invalid("subject: expected exactly one");
  Z5_CHECK(json_only_fields((*subjects)[0], {"name", "digest"}, "subject"));
  Z5_TRY(const Json* digests, json_object((*subjects)[0], "digest", "subject"));
  Z5_CHECK(json_only_fields(*digests, {"sha256"}, "subject.digest"));
  Z5_TRY(const std::string hex, json_string(*digests, "sha256", "subject.digest"));
  Z5_TRY(command.subject, digest_from_hex(hex));
  return Done{};
}

Status take_common(const Json& predicate, Command& command) {
  Z5_TRY(const Json* ledger, json_object(predicate, "ledger", "predicate"));
  Z5_CHECK(json_only_fields(*ledger, {"origin", "genesis"}, "predicate.ledger"));
  Z5_TRY(command.ledger.origin, json_string(*ledger, "origin", "predicate.ledger"));
  Z5_TRY(command.ledger.genesis, json_digest(*ledger, "genesis", "predicate.ledger"));
  Z5_TRY(command.ref, json_string(predicate, "ref", "predicate"));
  Z5_TRY(command.command_id, json_string(predicate, "command_id", "predicate"));
  Z5_TRY(command.issued_at, json_time(predicate, "issued_at"));
  Z5_TRY(command.expires_at, json_time(predicate, "expires_at"));
  Z5_TRY(const Json* seen, json_object(predicate, "seen", "predicate"));
  Z5_CHECK(json_only_fields(*seen, {"size", "root"}, "predicate.seen"));
  Z5_TRY(command.seen_size, json_uint(*seen, "size", "predicate.seen"));
  Z5_TRY(command.seen_root, json_digest(*seen, "root", "predicate.seen"));
  if (predicate.contains("dry_run")) {
    Z5_TRY(command.dry_run, json_bool(predicate, "dry_run", "predicate"));
  }
  if (predicate.contains("comment") && !has_form(predicate["comment"], Form::Text)) {
    return invalid("predicate.comment: longer than 1024 bytes or with control characters");
  }
  if (!is_uuid_v7(command.command_id)) return invalid("predicate.command_id: not a UUIDv7");
  if (command.seen_size == 0)
    return invalid("predicate.seen.size: 0 (offline: 1 and the genesis hash)");
  if (command.expires_at <= command.issued_at ||
      command.expires_at - command.issued_at > limits::kCommandLife) {
    return invalid("predicate.expires_at: not within 24 hours after issued_at");
  }
  if (command.about_version() != (rules_of(command.kind).subject == SubjectOf::Model)) {
    return invalid(
        fmt::format("predicate.ref: {}", command.ref.empty() ? "missing" : "this kind has none"));
  }
  if (command.about_version()) Z5_CHECK(parse_reference(command.ref));
  return Done{};
}

}  // namespace

std::string_view kind_text(Kind kind) { return rules_of(kind).text; }
std::string kind_type(Kind kind) {
  return fmt::format("{}{}{}", kTypePrefix, kind_text(kind), kTypeSuffix);
}

Result<Kind> parse_command_kind(std::string_view text) {
  for (const KindRules& rules : kRules) {
    if (rules.text == text) return rules.kind;
  }
  return invalid(fmt::format("command kind: '{}' is unknown", text.substr(0, 64)));
}

std::span<const Kind> all_kinds() {
  static const auto kinds = [] {
    std::array<Kind, kRules.size()> out{};
    std::transform(kRules.begin(), kRules.end(), out.begin(),
                   [](const KindRules& rules) { return rules.kind; });
    return out;
  }();
  return kinds;
}

const KindRules& rules_of(Kind kind) { return kRules[static_cast<std::size_t>(kind)]; }

Reference Command::reference() const {
  auto reference = parse_reference(ref);
  Z5_ASSERT(reference.ok());
  return *reference;
}

std::string Command::text(std::string_view field) const {
  const auto it = fields.find(field);
  return it != fields.end() && it->is_string() ? it->get<std::string>() : std::string();
}

Digest Command::digest(std::string_view field) const {
  const auto digest = digest_from_text(text(field));
  return digest.ok() ? *digest : Digest{};
}

Time Command::time(std::string_view field) const {
  const auto time = from_rfc3339(text(field));
  return time.ok() ? *time : Time{};
}

std::vector<DocumentName> Command::documents() const {
  std::vector<DocumentName> out;
  if (!fields.contains("documents")) return out;
  for (const Json& item : fields["documents"]) {
    out.push_back({item["kind"].get<std::string>(),
                   *digest_from_text(item["digest"].get_ref<const std::string&>())});
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<Command> parse_command(std::string_view payload) {
  Z5_TRY(const Json statement, parse_json(payload, limits::kMaxBundle));
  Z5_CHECK(
      json_only_fields(statement, {"_type", "subject", "predicateType", "predicate"}, "statement"));
  Z5_TRY(const std::string type, json_string(statement, "_type", ""));
  if (type != kStatementV1 && type != kStatementV01)
    return invalid("_type: not an in-toto Statement v1 or v0.1");
  Z5_TRY(const std::string predicate_type, json_string(statement, "predicateType", ""));
  Command command;
  Z5_TRY(command.kind, kind_of_type(predicate_type));
  Z5_CHECK(take_subject(statement, command));
  Z5_TRY(const Json* predicate, json_object(statement, "predicate", ""));
  Z5_CHECK(take_common(*predicate, command));
  Z5_CHECK(take_fields(*predicate, command));
  command.payload = sha256(payload);
  return command;
}

std::string write_command(const Command& command) {
  Json predicate = command.fields;
  predicate["ledger"] = {{"origin", command.ledger.origin},
                         {"genesis", command.ledger.genesis.text()}};
  predicate["ref"] = command.ref;
  predicate["command_id"] = command.command_id;
  predicate["issued_at"] = to_rfc3339(command.issued_at);
  predicate["expires_at"] = to_rfc3339(command.expires_at);
  predicate["seen"] = {{"size", std::to_string(command.seen_size)},
                       {"root", command.seen_root.text()}};
  if (command.dry_run) predicate["dry_run"] = true;
  const Json subject = {{"name", command.ref.empty() ? command.ledger.origin : command.ref},
                        {"digest", {{"sha256", command.subject.hex()}}}};
  return canonical_json({{"_type", kStatementV1},
                         {"subject", Json::array({subject})},
                         {"predicateType", kind_type(command.kind)},
                         {"predicate", predicate}});
}

}  // namespace z5::identity
