// SPDX-License-Identifier: Apache-2.0
// The forms of text that shapes name: identifiers and dates of CycloneDX and SPDX. Pure; any
// thread.
#pragma once

#include <string_view>

namespace z5::document {

using TextForm = bool (*)(std::string_view);

// The form with this name (shape.h lists them); nullptr when there is none.
TextForm text_form(std::string_view name);

// An identifier of the SPDX licence list 3.28 or of its exceptions.
bool is_spdx_license(std::string_view id);

}  // namespace z5::document
