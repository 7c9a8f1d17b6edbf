// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/stamp.h"

#include <cstring>

#include "schemas/limits.h"

namespace z5::chain {
namespace {

// The part of fb::Entry::Verify that the stamp needs: the event's own table is not walked.
struct StampTable : private flatbuffers::Table {
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<fb::Digest>(verifier, fb::Entry::VT_LEDGER, 1) &&
           VerifyField<std::uint64_t>(verifier, fb::Entry::VT_SEQUENCE, 8) &&
           VerifyField<fb::Digest>(verifier, fb::Entry::VT_PREVIOUS, 1) &&
           VerifyField<std::int64_t>(verifier, fb::Entry::VT_RECORDED_AT, 8) &&
           VerifyField<std::uint64_t>(verifier, fb::Entry::VT_WRITER_EPOCH, 8) &&
           VerifyField<fb::Digest>(verifier, fb::Entry::VT_COMMAND_DIGEST, 1) &&
           VerifyField<std::uint8_t>(verifier, fb::Entry::VT_EVENT_TYPE, 1) && verifier.EndTable();
  }
};

Digest unpack(const fb::Digest& digest) {
  Digest out;
  std::memcpy(out.bytes.data(), digest.bytes()->data(), out.bytes.size());
  return out;
}

void overwrite(flatbuffers::Table* table, flatbuffers::voffset_t field, const Digest& value) {
  auto* at = table->GetStruct<std::uint8_t*>(field);
  Z5_ASSERT(at != nullptr);
  std::memcpy(at, value.bytes.data(), value.bytes.size());
}
template <class Integer>
void overwrite(flatbuffers::Table* table, flatbuffers::voffset_t field, Integer value) {
  Z5_ASSERT(value != 0 && table->CheckField(field) && table->SetField<Integer>(field, value, 0));
}

}  // namespace

Result<Stamped> read_stamp(std::string_view body) {
  if (body.size() > limits::kMaxBody) return invalid("entry: body longer than 65535 bytes");
  if (reinterpret_cast<std::uintptr_t>(body.data()) % 8 != 0) {
    const Bytes aligned(body);
    return read_stamp(aligned);
  }
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(),
                                 limits::kMaxTableDepth, limits::kMaxTables);
  if (!fb::VerifyEntryBuffer(verifier))
    return invalid("entry: not a FlatBuffer of schemas/entry.fbs");
  const fb::Entry* entry = fb::GetEntry(body.data());
  if (entry->event_type() == fb::Event::NONE || entry->event_type() > fb::Event::MAX ||
      entry->event() == nullptr) {
    return invalid("entry: event: missing or of an unknown type");
  }
  if (entry->ledger() == nullptr || entry->previous() == nullptr ||
      entry->command_digest() == nullptr) {
    return invalid("entry: ledger, previous or command_digest: missing");
  }
  return Stamped{
      {unpack(*entry->ledger()), entry->sequence(), unpack(*entry->previous()),
       Time{entry->recorded_at()}, entry->writer_epoch(), unpack(*entry->command_digest())},
      entry->event_type()};
}

void write_stamp(Bytes& body, const Stamp& stamp) {
  auto* table = flatbuffers::GetMutableRoot<flatbuffers::Table>(body.data());
  overwrite(table, fb::Entry::VT_LEDGER, stamp.ledger);
  overwrite(table, fb::Entry::VT_SEQUENCE, stamp.sequence);
  overwrite(table, fb::Entry::VT_PREVIOUS, stamp.previous);
  overwrite(table, fb::Entry::VT_RECORDED_AT, stamp.recorded_at.ns);
  overwrite(table, fb::Entry::VT_WRITER_EPOCH, stamp.writer_epoch);
  overwrite(table, fb::Entry::VT_COMMAND_DIGEST, stamp.command_digest);
}

}  // namespace z5::chain
