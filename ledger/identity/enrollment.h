// SPDX-License-Identifier: Apache-2.0
// How an actor comes into the ledger: the `actor` object of an enroll-actor command, and
// `actors.toml`, from which the genesis group is made. Both end as the ActorEnrolled event. Pure
// but for reading key files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/entry.h"
#include "schemas/json.h"

namespace z5::identity {

// The event's fields as JSON: {id, kind, person?, use, key: PEM | identity: {issuer, subject},
// roles, attributes?, audience?, environment?}. Invalid, naming the field: unknown or missing
// fields, values not of their form, roles that the use cannot hold, a serving actor without
// audience and environment, an identity for another use than command and attest. `enrolled_by`
// stays empty. Writing leaves an identity out: the event has only its digest.
Result<fb::ActorEnrolledT> parse_enrollment(const Json& actor);
Json write_enrollment(const fb::ActorEnrolledT& event);

struct ActorsFile {
  std::uint32_t admin_threshold = 2;
  std::uint32_t recovery_threshold = 2;
  std::vector<fb::ActorEnrolledT> actors;  // in the file's order
};
// actors.toml (TOML 1.0): the thresholds, then [[actor]] tables with the fields above; `key` is a
// PEM path relative to `folder`. Invalid, naming the actor and field; also fewer admin persons than
// admin_threshold, an id or key twice.
Result<ActorsFile> parse_actors_file(std::string_view text, const std::string& folder);

}  // namespace z5::identity
