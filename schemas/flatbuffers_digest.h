// SPDX-License-Identifier: Apache-2.0
// Lets flatc's object API hold z5::Digest itself (native_type in entry.fbs).
#pragma once

#include "schemas/digest.h"

namespace z5::fb {
struct Digest;
}
namespace flatbuffers {
z5::fb::Digest Pack(const z5::Digest& digest);
z5::Digest UnPack(const z5::fb::Digest& digest);
}  // namespace flatbuffers
