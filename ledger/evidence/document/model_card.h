// SPDX-License-Identifier: Apache-2.0
// Model cards in one form, whatever their format: Hugging Face Markdown (YAML front matter and
// headings), CycloneDX modelCard, Google's Model Card Toolkit JSON. A part counts as present only
// when something is written in it; whether the parts that are there suffice is policy's matter.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/result.h"

namespace z5::document {

struct ModelCard {
  std::string format{};  // "huggingface", "cyclonedx-1.6", "mct"
  bool purpose = false;
  bool limits = false;
  bool risks = false;
  bool safeguards = false;
  bool audience = false;
  bool evaluation = false;
  std::string license{};  // an identifier; empty = not said
};

// Refusals: `card-malformed` (size, encoding, YAML, JSON, no front matter), `card-invalid`
// (model-index is no list of {name, results: list}; CycloneDX that breaks its rules), `card-format`
// (JSON that is no model card).
Verdict<ModelCard> parse_model_card(std::string_view bytes);

}  // namespace z5::document
