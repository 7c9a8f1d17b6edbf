// SPDX-License-Identifier: Apache-2.0
// The HTTP face of the writer (schemas/openapi.yaml): POST /v1/commands, GET /v1/checkpoint and the
// field of view that an approver signs. The only place of the write side where HTTP status codes
// are named.
#pragma once

#include "ledger/http/router.h"
#include "ledger/http/service_log.h"
#include "ledger/tenure.h"

namespace z5::ledger {

// Who is at the desk now; any thread.
struct Office {
  // Kept alive as long as the caller holds it; null: this instance is not the writer.
  std::function<std::shared_ptr<const Desk>()> desk;
  // The address of the instance that is, as far as known; else empty.
  std::function<std::string()> leader;
};

// Every route is 503 `standby` while nobody is at the desk; the answer names the leader, and a
// client follows it only where its own configuration says so. `log` must outlive the server that
// uses the router.
http::Router make_routes(Office office, http::ServiceLog& log);

// How an outcome is said: over HTTP, and in the topic of outcomes.
http::Response response_of(const Outcome& outcome);
// "http://a:7501 writes this ledger now", or that nobody does yet.
std::string standby_reason(const std::string& leader);

// As a reader of any service asks: may this actor read about `tenant`? ("" = the ledger itself.)
// `local`, the read-only token of this machine's operator, may.
bool may_read(const gate::State& state, gate::Bundles& bundles, std::string_view actor,
              std::string_view tenant, std::string_view model);

}  // namespace z5::ledger
