// SPDX-License-Identifier: Apache-2.0
// The rows of the store, byte for byte. Compact, because a version must cost less than 1 KiB;
// written and read only here, so that a change of form is a change of kRowFormat, and a store of
// another format is rebuilt. Pure; any thread.
//
//   integer = LEB128 · text = length, bytes · digest = 32 bytes · list = count, elements · seq =
//   8 bytes, big-endian, so that keys sort as numbers do
//
//   versions     ref → version (rows.cc, in the order of gate::Version)
//   annotations  ref → list of (tag key, value) · list of URIs
//   models       "tenant/model" → ref that serves
//   revocations  ref → hold 0|1 · sequence · since · review_by · reason       (Revoked or on hold)
//   approvals    ref → nothing                                 (Candidate or Staging: still open)
//   trail        ref 0x00 seq → the entry's body as the ledger holds it      (ref "": no version)
//   releases     ref → sequence · four digests
//   actors       seq → body of LedgerOpened, QuorumSet, ActorEnrolled, ActorRetired
//   policies     seq → body of PolicyActivated
//   trust        seq → body of TrustRootSet · digest (32 bytes) → the document that it names
//   commands     command_id 0x00 actor → time until which a repeat would be refused
//   deadlines    ref → nothing               (a review or condition of it is still to come due)
//   meta         format · position and before (heads as JSON) · checkpoint (note) ·
//                snapshot (content digest of what the store began with; gone once it was replayed)
//
// References sort so that a tenant, and a model, is one range. The families `purges` and `evidence`
// of DESIGN section 9 come with the events that fill them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/gate/version.h"
#include "projections/store.h"

namespace z5::projections {

inline constexpr std::string_view kRowFormat = "3";

enum class Family {
  Versions,
  Annotations,
  Models,
  Revocations,
  Approvals,
  Trail,
  Releases,
  Actors,
  Policies,
  Trust,
  Commands,
  Deadlines,
  Meta
};
inline constexpr std::size_t kFamilies = 13;
std::string_view family_name(Family family);

// Keys of `meta`.
inline constexpr std::string_view kFormatKey = "format", kPositionKey = "position",
                                  kBeforeKey = "before", kCheckpointKey = "checkpoint",
                                  kSnapshotKey = "snapshot";

std::string sequence_key(std::uint64_t sequence);
std::uint64_t sequence_of(std::string_view key);  // its last 8 bytes; asserts that they are there
std::string trail_key(std::string_view ref, std::uint64_t sequence);
std::string command_key(std::string_view command_id, std::string_view actor);

// Each read: Corrupt for anything that its write does not make.
std::string write_version(const gate::Version& version);
Result<std::shared_ptr<const gate::Version>> read_version(std::string_view ref,
                                                          std::string_view row);
std::string write_annotations(const Annotations& annotations);
Result<Annotations> read_annotations(std::string_view row);
std::string write_revocation(const Revocation& revocation);
Result<Revocation> read_revocation(std::string_view ref, std::string_view row);
std::string write_release(const ReleaseRow& release);
Result<ReleaseRow> read_release(std::string_view row);
std::string write_time(Time time);
Result<Time> read_time(std::string_view row);

}  // namespace z5::projections
