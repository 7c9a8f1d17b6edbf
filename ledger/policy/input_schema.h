// SPDX-License-Identifier: Apache-2.0
// What an input of a policy must be before OPA sees it: schemas/inputs/*.json, JSON Schema draft
// 2020-12 in the keywords that those files use. A required field is what makes absence a refusal
// even where Rego would read it as "not true". Immutable after loading; any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "ledger/policy/embedded.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::policy {

class InputSchemas {
 public:
  // Invalid, naming the file: not JSON, a keyword or type that this reader does not apply (so that
  // none is silently ignored), a $ref to a file that is not there.
  static Result<InputSchemas> load(std::span<const EmbeddedFile> files);

  // Invalid, naming the field: missing, of another type, not one of an enum, not a date-time; no
  // schema of this name; a float anywhere (inputs are digested, and floats have no one text).
  Status check(std::string_view package, const Json& input) const;

 private:
  Status check_schema(const Json& schema, std::string_view file) const;
  Status apply(const Json& schema, const Json& value, const std::string& where) const;

  std::map<std::string, Json, std::less<>> schemas_;  // by file name
};

}  // namespace z5::policy
