// SPDX-License-Identifier: Apache-2.0
// Are two stores the same rows, byte for byte? A read model is right when the log, read again,
// gives the same one.
#pragma once

#include <optional>
#include <string>

#include "projections/store.h"

namespace z5::projections {

// The first of all rows but those of `meta`, in (family, key) order, that only one of the two has
// or that is not equal, for people; nullopt: there is none. Both must stand at the same head.
Result<std::optional<std::string>> first_difference(const Store& left, const Store& right);

}  // namespace z5::projections
