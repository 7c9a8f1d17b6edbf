// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/routes.h"

#include "consumers/permit/access.h"
#include "consumers/permit/report.h"

namespace z5::permit {
namespace {

using http::Request;
using http::Responder;
using http::Response;

Response unavailable_response(const Error& error) {
  Response response = http::error_response(error);
  if (response.status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

Response permit_response(const Expected<std::string, NoPermit>& answer) {
  if (!answer.ok()) {
    if (answer.error().refusals.empty()) return unavailable_response(answer.error().error);
    return http::refusal_response(403, answer.error().refusals);
  }
  Response response;
  response.body.reserve(answer->size() + 16);
  response.body.append("{\"permit\":").append(*answer).append("}");  // a bundle is JSON itself
  return response;
}

// Runs `job` once the projection holds entry `sequence`; at once, here, when it does already.
void when_there(const Parts& parts, std::uint64_t sequence, std::shared_ptr<Responder> answer,
                std::function<Response(const projections::View&)> job) {
  auto run = [answer, job = std::move(job)](Result<projections::View> view) {
    (*answer)(view.ok() ? job(*view) : unavailable_response(view.error()));
  };
  auto view = fresh_view(parts.projector, parts.max_lag);
  if (!view.ok() || sequence == 0 || sequence < view->head().size()) return run(std::move(view));
  const Status entered = parts.room.enter(sequence, run);
  if (!entered.ok()) (*answer)(unavailable_response(entered.error()));
}

void add_permits(http::Router& router, const Parts& parts) {
  router.add_async("POST", "/v1/permits", [parts](Request& request, Responder responder) {
    auto asked = parse_permit_request(request.body);
    if (!asked.ok()) return responder(http::error_response(asked.error()));
    const std::uint64_t sequence = asked->min_sequence;
    if (sequence == 0)
      return responder(permit_response(parts.permits.answer(request.principal->actor, *asked)));
    auto answer = std::make_shared<Responder>(std::move(responder));
    when_there(parts, sequence, answer,
               [parts, caller = request.principal->actor,
                asked = std::move(*asked)](const projections::View&) {
                 return permit_response(parts.permits.answer(caller, asked));
               });
  });
}

struct VerificationRequest {
  std::string model;
  std::uint64_t min_sequence = 0;
};

Result<VerificationRequest> parse_verification_request(std::string_view body) {
  Z5_TRY(const Json json, parse_json(body, limits::kMaxPlainBody));
  Z5_CHECK(json_only_fields(json, {"model", "min_sequence"}, "request"));
  VerificationRequest request;
  Z5_TRY(request.model, json_string(json, "model", "request"));
  if (!parse_reference(request.model).ok() && !parse_serving_alias(request.model).ok()) {
    return invalid("request.model: neither tenant/model:version nor tenant/model@serving");
  }
  if (json.contains("min_sequence")) {
    Z5_TRY(request.min_sequence, json_uint(json, "min_sequence", "request"));
  }
  return request;
}

Response verification_response(const Parts& parts, const projections::View& view,
                               const std::string& caller, const std::string& model) {
  if (auto ready = parts.permits.ready(); !ready.ok()) return unavailable_response(ready.error());
  const auto version = find_version(view, model);
  if (!version.ok()) return unavailable_response(version.error());
  if (*version == nullptr) return not_authorised();
  const Reference reference = (*version)->reference();
  const std::string name = reference.name();
  if (!may_read(view.ledger(), parts.bundles, caller,
                {reference.tenant, name, (*version)->labels})) {
    return not_authorised();
  }
  auto report = verification_report(view, **version, parts.store, parts.bundles, parts.service,
                                    parts.clock());
  return report.ok() ? json_response(*report) : unavailable_response(report.error());
}

// Reads and hashes every document: in the waiting room's lane, not on a server thread.
void add_verifications(http::Router& router, const Parts& parts) {
  const auto verify = [parts](Request& request, Responder responder) {
    auto asked = parse_verification_request(request.body);
    if (!asked.ok()) return responder(http::error_response(asked.error()));
    auto answer = std::make_shared<Responder>(std::move(responder));
    const Status entered = parts.room.enter(
        asked->min_sequence, [parts, answer, caller = request.principal->actor,
                              model = std::move(asked->model)](Result<projections::View> view) {
          (*answer)(view.ok() ? verification_response(parts, *view, caller, model)
                              : unavailable_response(view.error()));
        });
    if (!entered.ok()) (*answer)(unavailable_response(entered.error()));
  };
  router.add_async("POST", "/v1/verifications", verify, {.reads = true});
}

void add_revocations(http::Router& router, const Parts& parts) {
  add_read(router, parts, "/v1/revocations",
           [parts](const projections::View& view, const Request& request) {
             if (auto ready = parts.permits.ready(); !ready.ok())
               return unavailable_response(ready.error());
             const std::string tenant(request.query_value("tenant").value_or(""));
             if (!tenant.empty() && !is_name(tenant))
               return http::error_response(invalid("tenant: not a name"));
             const bool all = tenant.empty() && request.principal->actor != "local";
             if (all || !may_read(view.ledger(), parts.bundles, request.principal->actor, {tenant}))
               return not_authorised();
             auto list = parts.lists.list(view, tenant, parts.clock());
             if (!list.ok()) return unavailable_response(list.error());
             Response response;
             response.content_type = "text/plain; charset=utf-8";
             response.body = std::move(*list);
             return response;
           });
}

void add_ledger(http::Router& router, const Parts& parts) {
  add_read(router, parts, "/v1/checkpoint", [](const projections::View& view, const Request&) {
    if (view.ledger().checkpoint.empty())
      return unavailable_response(unavailable("no checkpoint was seen yet"));
    Response response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = view.ledger().checkpoint;
    return response;
  });
  // Answers also when the projection is behind: it says how far.
  router.add("GET", "/v1/status", [parts](const Request& request) {
    const auto view = parts.projector.view();
    if (!view.ok()) return unavailable_response(view.error());
    const projections::LedgerView& ledger = view->ledger();
    if (!ledger.actors || !may_read(ledger, parts.bundles, request.principal->actor, {}))
      return not_authorised();
    return json_response({{"origin", ledger.name.origin},
                          {"genesis", ledger.name.genesis.text()},
                          {"size", ledger.head.size()},
                          {"root", ledger.head.tree.root().text()},
                          {"behind_ms", parts.projector.lag().count() / 1'000'000},
                          {"verified", parts.projector.verified()}});
  });
}

}  // namespace

Response json_response(const Json& body) {
  Response response;
  response.body = body.dump();
  return response;
}

Response not_authorised() {
  return http::refusal_response(403, {{"not-authorised", "not authorised"}});
}

void add_read(http::Router& router, const Parts& parts, const std::string& pattern, Read read) {
  router.add_async(
      "GET", pattern, [parts, read = std::move(read)](Request& request, Responder responder) {
        std::uint64_t sequence = 0;
        if (const auto text = request.query_value("min_sequence")) {
          const auto number = parse_decimal(*text, "min_sequence");
          if (!number.ok()) return responder(http::error_response(number.error()));
          sequence = *number;
        }
        auto answer = std::make_shared<Responder>(std::move(responder));
        auto kept = std::make_shared<Request>(std::move(request));
        when_there(parts, sequence, answer,
                   [read, kept](const projections::View& view) { return read(view, *kept); });
      });
}

http::Router make_routes(const Parts& parts) {
  http::Router router;
  add_permits(router, parts);
  add_verifications(router, parts);
  add_revocations(router, parts);
  add_ledger(router, parts);
  add_reads(router, parts);
  return router;
}

}  // namespace z5::permit
