// SPDX-License-Identifier: Apache-2.0
// The words that name things: slugs, references, run ids, command ids. Each is checked where it
// enters; what these functions accept is safe as a path element, a topic name part and a log field.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/result.h"
#include "schemas/time.h"

namespace z5 {

// A version of a model: "tenant/model:version". tenant, model [a-z0-9][a-z0-9._-]{0,127};
// version [A-Za-z0-9][A-Za-z0-9._+-]{0,63}. None may contain "..".
struct Reference {
  std::string tenant;
  std::string model;
  std::string version;

  bool operator==(const Reference&) const = default;
  std::string text() const { return tenant + "/" + model + ":" + version; }
  std::string name() const { return tenant + "/" + model; }
};

Result<Reference> parse_reference(std::string_view text);
// "tenant/model" of "tenant/model@serving"; Invalid for anything else.
Result<std::string> parse_serving_alias(std::string_view text);

// [a-z0-9][a-z0-9._-]{0,63}: actors, persons, rules, reasons, labels.
bool is_slug(std::string_view text);
// Tenant or model name.
bool is_name(std::string_view text);
// [A-Za-z0-9][A-Za-z0-9._:/+-]{0,127} without "..": run ids, dataset names and snapshots.
bool is_run_id(std::string_view text);
// A ledger's short id: [a-z0-9-]{1,32}; it names topics.
bool is_ledger_id(std::string_view text);
// A role with its scope: "role@tenant" or "role@*".
bool is_scoped_role(std::string_view text);
// An origin: a schema-less URL without Unicode spaces, control characters or '+', at most 128
// bytes, not "z5-seal/v1" (C2SP signed-note key names, FINDINGS section 10).
bool is_origin(std::string_view text);
// A UUIDv7 (RFC 9562 section 5.7) in lower-case canonical text.
bool is_uuid_v7(std::string_view text);
// A new UUIDv7 from a time and 10 random bytes.
std::string make_uuid_v7(Time now, std::string_view random10);

}  // namespace z5
