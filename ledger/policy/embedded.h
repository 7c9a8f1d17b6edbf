// SPDX-License-Identifier: Apache-2.0
// Files that CMake (embed.cmake) writes into the program. Constants; any thread.
#pragma once

#include <span>
#include <string_view>

namespace z5::policy {

struct EmbeddedFile {
  std::string_view path;  // relative to its folder
  std::string_view content;
};

std::span<const EmbeddedFile> embedded_registry_bundle();  // ledger/policy/bundles/registry
std::span<const EmbeddedFile> embedded_authz_bundle();     // ledger/policy/bundles/authz
std::span<const EmbeddedFile> embedded_input_schemas();    // schemas/inputs

}  // namespace z5::policy
