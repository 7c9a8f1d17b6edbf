// SPDX-License-Identifier: Apache-2.0
// The body of one ledger entry as a value (flatc's object API, entry.fbs), its one encoding, and
// its strict reader. decode_entry accepts exactly the bytes that encode_entry makes: FlatBuffers
// itself is not canonical and its verifier is no validation. Pure; any thread.
#pragma once

#include <string_view>

#include "schemas/digest.h"
#include "schemas/entry_generated.h"
#include "schemas/result.h"

namespace z5 {

using Entry = fb::EntryT;

// FlatBuffer bytes of `entry`. Same entry, same bytes.
Bytes encode_entry(const Entry& entry);

// Invalid, naming the field: longer than limits::kMaxBody, not a FlatBuffer, no or unknown event,
// an enumerator out of range, a name that is not of its form (schemas/ids.h), or bytes that
// encode_entry would not have written.
Result<Entry> decode_entry(std::string_view body);

// The event's type as text, "VersionSubmitted"; "NONE" without one.
std::string_view event_name(const Entry& entry);
// The event as its own type; asserts that it is one. `Type` is a generated object type, for example
// fb::VersionSubmittedT.
template <class Type>
const Type& event_as(const Entry& entry) {
  Z5_ASSERT(entry.event.type == fb::EventUnionTraits<Type>::enum_value);
  return *static_cast<const Type*>(entry.event.value);
}
template <class Type>
const Type* event_if(const Entry& entry) {
  return entry.event.type == fb::EventUnionTraits<Type>::enum_value
             ? static_cast<const Type*>(entry.event.value)
             : nullptr;
}

// The reference that an event is about; empty for events about no version (actors, policies, the
// ledger). RolledBack is about its target.
std::string event_reference(const Entry& entry);

}  // namespace z5
