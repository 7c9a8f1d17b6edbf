// SPDX-License-Identifier: Apache-2.0
// The HTTP face of z5-permit (schemas/openapi.yaml). The only place here where status codes are
// named.
#pragma once

#include "consumers/permit/permit.h"
#include "consumers/permit/revocation_list.h"
#include "consumers/permit/waiting_room.h"
#include "ledger/http/router.h"
#include "ledger/http/service_log.h"

namespace z5::permit {

// What the handlers use; all of it must outlive the server.
struct Parts {
  projections::Projector& projector;
  Permits& permits;
  RevocationLists& lists;
  WaitingRoom& room;
  gate::Bundles& bundles;
  const log::EvidenceStore& store;
  http::ServiceLog& log;
  keys::PrivateKey service;
  std::chrono::nanoseconds max_lag;
  std::function<Time()> clock;
};

http::Router make_routes(const Parts& parts);

// The reads of versions, releases, evidence and policy (reads.cc).
void add_reads(http::Router& router, const Parts& parts);

// A read of the projection as one value: what to answer from `view`.
using Read = std::function<http::Response(const projections::View&, const http::Request&)>;
// Registers it: takes min_sequence, waits for it in the waiting room, and answers 503 while the
// projection is behind.
void add_read(http::Router& router, const Parts& parts, const std::string& pattern, Read read);

http::Response json_response(const Json& body);
http::Response not_authorised();

}  // namespace z5::permit
