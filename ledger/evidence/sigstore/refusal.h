// SPDX-License-Identifier: Apache-2.0
// How a reader's Error becomes a Refusal: foreign bytes that cannot be read are refused under a
// rule, they are not our failure. Pure; any thread.
#pragma once

#include <string_view>
#include <utility>

#include "schemas/result.h"

namespace z5::sigstore {

inline Refusal refuse(std::string_view rule, std::string reason) {
  return {std::string(rule), std::move(reason)};
}

// The value, or a refusal under `rule` with the error's message as reason.
template <class T>
Verdict<T> under(std::string_view rule, Result<T> result) {
  if (!result.ok()) return refuse(rule, result.error().message);
  return std::move(result).value();
}

}  // namespace z5::sigstore
