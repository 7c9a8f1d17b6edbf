// SPDX-License-Identifier: Apache-2.0
// The shape of a foreign JSON format, written as a small grammar, and the check of a document
// against it. What a JSON Schema says in six thousand lines fits on a few pages that a person can
// compare with the standard:
//
//   name = { field!: type, field: type ; rule rule }     an object; '!' = required; no other field
//   is allowed name = "a" | "b" | other | [type] | [type]+          alternatives, word lists,
//   arrays, arrays that are not empty
//
// Built-in types: text, int, number, bool, object (any members), count (>= 0), positive (>= 1),
// unit (0..1), zero-to-six, and texts with a form of their own: ref (not empty), date-time, date,
// serial, bomlink, hex-digest, mime, locale, country, cre, patent-number, spdx-id. Rules: one(a,
// b+c) = exactly one of these is complete; some(a, b) = at least one is there; with(a, b) = a needs
// b; never(a, b) = not both; closed is the default, open allows other fields. A shape is immutable;
// any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ledger/evidence/document/json_document.h"

namespace z5::document {

class Shape {
 public:
  // Asserts that the grammar is well-formed: it is ours. Keeps views of it, so it must live as long
  // as the shape.
  explicit Shape(std::string_view grammar);
  ~Shape();

  // Invalid, naming the place ("components[3].hashes[0].alg"): the first thing that does not fit
  // type `name`.
  Status check(Element value, std::string_view name) const;

 private:
  struct Grammar;
  std::unique_ptr<const Grammar> grammar_;
};

}  // namespace z5::document
