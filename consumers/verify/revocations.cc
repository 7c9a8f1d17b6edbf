// SPDX-License-Identifier: Apache-2.0
#include "consumers/verify/revocations.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/keys/note.h"
#include "schemas/encoding.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::verify {
namespace {

constexpr std::string_view kHeader = "z5-revocations/v1";

std::string key_name(const identity::LedgerName& ledger) {
  return fmt::format("{}/permit", ledger.origin);
}

std::string write_list(const RevocationList& list) {
  std::string text = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", kHeader, list.ledger.origin, list.ledger.genesis.text(),
      list.tenant.empty() ? "*" : list.tenant, list.seen.size, to_base64(list.seen.root.view()),
      to_rfc3339(list.issued_at), to_rfc3339(list.next_update));
  for (const RevokedVersion& version : list.versions) {
    text += version.hold
                ? fmt::format("hold {} {} {}\n", version.ref, version.sequence,
                              to_rfc3339(version.review_by))
                : fmt::format("revoked {} {} {}\n", version.ref, version.sequence, version.reason);
  }
  return text;
}

std::string_view cut(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

Result<RevokedVersion> parse_line(std::string_view line) {
  RevokedVersion version;
  const std::string_view what = cut(line, ' ');
  if (what != "hold" && what != "revoked") return invalid(fmt::format("'{}': unknown line", what));
  version.hold = what == "hold";
  Z5_TRY(const Reference reference, parse_reference(cut(line, ' ')));
  version.ref = reference.text();
  Z5_TRY(version.sequence, parse_decimal(cut(line, ' '), "sequence"));
  if (version.hold) {
    Z5_TRY(version.review_by, from_rfc3339(line));
  } else {
    if (!is_slug(line)) return invalid("reason: not a slug");
    version.reason = line;
  }
  return version;
}

Result<RevocationList> parse_list(std::string_view text) {
  RevocationList list;
  std::string_view rest = text;
  if (cut(rest, '\n') != kHeader) return invalid(fmt::format("not a {}", kHeader));
  list.ledger.origin = cut(rest, '\n');
  Z5_TRY(list.ledger.genesis, digest_from_text(cut(rest, '\n')));
  list.tenant = cut(rest, '\n');
  if (list.tenant == "*") list.tenant.clear();
  Z5_TRY(list.seen.size, parse_decimal(cut(rest, '\n'), "size"));
  Z5_TRY(const Bytes root, from_base64(cut(rest, '\n')));
  if (root.size() != list.seen.root.bytes.size()) return invalid("root: not 32 bytes");
  list.seen.root = digest_from_raw(root);
  Z5_TRY(list.issued_at, from_rfc3339(cut(rest, '\n')));
  Z5_TRY(list.next_update, from_rfc3339(cut(rest, '\n')));
  while (!rest.empty()) {
    Z5_TRY(RevokedVersion version, parse_line(cut(rest, '\n')));
    if (!list.versions.empty() && list.versions.back().ref >= version.ref) {
      return invalid(fmt::format("{}: out of order", version.ref));
    }
    list.versions.push_back(std::move(version));
  }
  if (write_list(list) != text) return invalid("not in its one form");
  return list;
}

}  // namespace

const RevokedVersion* RevocationList::find(std::string_view ref) const {
  const auto it =
      std::lower_bound(versions.begin(), versions.end(), ref,
                       [](const auto& version, auto wanted) { return version.ref < wanted; });
  return it != versions.end() && it->ref == ref ? &*it : nullptr;
}

std::string sign_revocations(const RevocationList& list, const keys::PrivateKey& service) {
  return keys::sign_note(write_list(list), key_name(list.ledger), service);
}

Verdict<RevocationList> verify_revocations(std::string_view note,
                                           const RevocationBindings& bindings) {
  std::vector<keys::NoteKey> known;
  for (const keys::PublicKey& key : bindings.services)
    known.push_back({key_name(bindings.ledger), key});
  const auto verified = keys::verify_note(note, known);
  if (!verified.ok()) return Refusal{"list-signature", verified.error().message};
  auto list = parse_list(verified->text);
  if (!list.ok()) return Refusal{"list-malformed", list.error().message};
  if (list->ledger != bindings.ledger) {
    return Refusal{"list-ledger", fmt::format("it is of ledger {}", list->ledger.genesis.text())};
  }
  if (list->tenant != bindings.tenant) {
    return Refusal{"list-tenant", fmt::format("it is about tenant '{}'", list->tenant)};
  }
  if (list->seen.size < bindings.at_least) {
    return Refusal{"list-older", fmt::format("it knows {} entries, {} were seen before",
                                             list->seen.size, bindings.at_least)};
  }
  if (list->issued_at > bindings.now + limits::kClockSkew) {
    return Refusal{"list-not-yet", fmt::format("issued at {}", to_rfc3339(list->issued_at))};
  }
  if (bindings.now >= list->next_update) {
    return Refusal{"list-stale",
                   fmt::format("a newer one was due at {}", to_rfc3339(list->next_update))};
  }
  return std::move(*list);
}

}  // namespace z5::verify
