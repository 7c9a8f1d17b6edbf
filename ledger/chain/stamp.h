// SPDX-License-Identifier: Apache-2.0
// The fields of a body that place it in the chain, read and written in place: without unpacking the
// entry, so that the writer's serial part and the auditor's chain check cost little more than their
// hashes. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "schemas/digest.h"
#include "schemas/entry.h"
#include "schemas/time.h"

namespace z5::chain {

struct Stamp {
  Digest ledger;
  std::uint64_t sequence = 0;
  Digest previous;
  Time recorded_at;
  std::uint64_t writer_epoch = 0;
  Digest command_digest;
  bool operator==(const Stamp&) const = default;
};

struct Stamped {
  Stamp stamp;
  fb::Event event;  // its type
};

// Invalid: not a FlatBuffer of entry.fbs, a stamp field missing, no event. Does not validate the
// event: that is decode_entry's, for readers that use it. Copies `body` when it is not aligned to 8
// bytes.
Result<Stamped> read_stamp(std::string_view body);

// Overwrites the stamp of a body that encode_entry made with every field of the stamp set (not
// zero: FlatBuffers leaves zeros out, and what is left out cannot be overwritten). Same bytes as
// encoding the entry with this stamp. Asserts that the fields are there.
void write_stamp(Bytes& body, const Stamp& stamp);

}  // namespace z5::chain
