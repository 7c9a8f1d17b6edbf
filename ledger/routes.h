// SPDX-License-Identifier: Apache-2.0
// The HTTP face of the writer (schemas/openapi.yaml): POST /v1/commands, GET /v1/checkpoint and the
// field of view that an approver signs. The only place of the write side where HTTP status codes
// are named.
#pragma once

#include "ledger/http/router.h"
#include "ledger/http/service_log.h"
#include "ledger/intake.h"

namespace z5::ledger {

// All must outlive the server that uses the router.
http::Router make_routes(Intake& intake, WritePath& writer, gate::Bundles& bundles,
                         http::ServiceLog& log);

// As a reader of any service asks: may this actor read about `tenant`? ("" = the ledger itself.)
// `local`, the read-only token of this machine's operator, may.
bool may_read(const gate::State& state, gate::Bundles& bundles, std::string_view actor,
              std::string_view tenant, std::string_view model);

}  // namespace z5::ledger
