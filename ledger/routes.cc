// SPDX-License-Identifier: Apache-2.0
#include "ledger/routes.h"

#include <fmt/format.h>

#include "schemas/encoding.h"

namespace z5::ledger {
namespace {

int status_of(const Outcome& outcome) {
  switch (outcome.answer) {
    case Answer::Accepted:
      return outcome.dry_run ? 200 : 201;
    case Answer::Refused:
      return 403;
    case Answer::Conflict:
      return 409;
    case Answer::Malformed:
      return 400;
    case Answer::Unauthenticated:
      return 401;
    case Answer::TooMany:
      return 429;
    case Answer::Unavailable:
      return 503;
  }
  return 503;
}

Json view_json(const Intake::View& view) {
  Json notes = Json::array();
  for (const evidence::Note& note : view.notes) {
    notes.push_back({{"kind", note.kind},
                     {"digest", note.digest.text()},
                     {"rule", note.rule},
                     {"reason", note.reason}});
  }
  return {{"ref", view.view.ref},
          {"stage_to", "Approved"},
          {"model_digest", view.view.model_digest.text()},
          {"evidence_root", view.view.evidence_root.text()},
          {"facts", view.view.facts.text()},
          {"policy", view.view.policy.text()},
          {"engine", view.view.engine},
          {"serving", view.view.serving},
          {"facts_document", view.facts},
          {"notes", notes}};
}

http::Response json_response(const Json& body) {
  http::Response response;
  response.body = body.dump();
  return response;
}

void log_outcome(http::ServiceLog& log, const std::string& peer, const Outcome& outcome) {
  if (outcome.answer == Answer::Accepted || outcome.answer == Answer::Refused ||
      outcome.answer == Answer::Conflict)
    return;
  log.warning("command not taken", {{"peer", peer}, {"rule", outcome.refusals.front().rule}});
}

http::Response standby_response(const std::string& leader) {
  http::Response response = http::refusal_response(503, {{"standby", standby_reason(leader)}});
  Json body = *parse_json(response.body);
  if (!leader.empty()) body["leader"] = leader;
  response.body = body.dump();
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

void take_command(const Office& office, http::ServiceLog& log, http::Request& request,
                  http::Responder responder) {
  const auto desk = office.desk();
  if (!desk) return responder(standby_response(office.leader()));
  auto answer = std::make_shared<http::Responder>(std::move(responder));
  desk->intake.take(request.body, [answer, &log, peer = request.peer](Outcome outcome) {
    log_outcome(log, peer, outcome);
    (*answer)(response_of(outcome));
  });
}

void show_view(const Office& office, http::Request& request, http::Responder responder) {
  const std::string ref = fmt::format("{}/{}:{}", request.param("tenant"), request.param("model"),
                                      request.param("version"));
  const auto reference = parse_reference(ref);
  if (!reference.ok()) return responder(http::error_response(reference.error()));
  const auto desk = office.desk();
  if (!desk) return responder(standby_response(office.leader()));
  if (!may_read(desk->writer.state(), desk->bundles, request.principal->actor, reference->tenant,
                reference->name())) {
    return responder(http::refusal_response(403, {{"not-authorised", "not authorised"}}));
  }
  auto answer = std::make_shared<http::Responder>(std::move(responder));
  desk->intake.field_of_view(ref, [answer](Result<Intake::View> seen) {
    (*answer)(seen.ok() ? json_response(view_json(*seen))
                        : http::error_response(seen.error().code == ErrorCode::Invalid ? 404 : 503,
                                               seen.error().message));
  });
}

// Never an older one that this instance may have: to a client that would look like a step back.
http::Response show_checkpoint(const Office& office) {
  const auto desk = office.desk();
  if (!desk) return standby_response(office.leader());
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = desk->writer.checkpoint();
  return response;
}

}  // namespace

http::Response response_of(const Outcome& outcome) {
  if (outcome.answer != Answer::Accepted) {
    http::Response response = http::refusal_response(status_of(outcome), outcome.refusals);
    if (outcome.answer == Answer::TooMany || outcome.answer == Answer::Unavailable)
      response.headers.push_back({"Retry-After", "1"});
    return response;
  }
  http::Response response;
  response.status = status_of(outcome);
  Json body = {{"dry_run", outcome.dry_run}};
  if (!outcome.dry_run) {
    body = {{"sequence", outcome.sequence}, {"entry_hash", outcome.entry_hash.text()}};
    if (outcome.receipts) body["receipt"] = outcome.receipts->receipt(outcome.sequence).text();
  }
  response.body = body.dump();
  return response;
}

std::string standby_reason(const std::string& leader) {
  return leader.empty() ? "no instance of this ledger is elected to write yet"
                        : leader + " writes this ledger now";
}

bool may_read(const gate::State& state, gate::Bundles& bundles, std::string_view actor,
              std::string_view tenant, std::string_view model) {
  if (actor == "local") return true;
  const auto actors = state.actors();
  const identity::Actor* reader = actors->find(actor);
  if (reader == nullptr || !reader->active()) return false;
  const std::string_view action = tenant.empty() ? "read-ledger" : "read";
  return gate::authorise(bundles, state.policies()->authz, *reader, action, {tenant, model}).ok();
}

http::Router make_routes(Office office, http::ServiceLog& log) {
  http::Router router;
  router.add_async("POST", "/v1/commands",
                   [office, &log](http::Request& request, http::Responder responder) {
                     take_command(office, log, request, std::move(responder));
                   },
                   {.access = http::Access::Open, .max_body = limits::kMaxRequest});
  router.add_async("GET", "/v1/versions/{tenant}/{model}/{version}/view",
                   [office](http::Request& request, http::Responder responder) {
                     show_view(office, request, std::move(responder));
                   });
  router.add("GET", "/v1/checkpoint",
             [office](const http::Request&) { return show_checkpoint(office); });
  return router;
}

}  // namespace z5::ledger
