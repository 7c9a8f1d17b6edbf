// SPDX-License-Identifier: Apache-2.0
#include "ledger/intake.h"

#include <fmt/format.h>

#include "schemas/encoding.h"

namespace z5::ledger {
namespace {

Result<Bytes> bundle_of(const Json& value, std::string_view field) {
  if (!value.is_string()) return invalid(fmt::format("{}: expected a base64 string", field));
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() > limits::kMaxBundle * 4 / 3 + 4)
    return invalid(fmt::format("{}: longer than {} bytes", field, limits::kMaxBundle));
  auto bytes = from_base64(text);
  if (!bytes.ok()) return invalid(fmt::format("{}: {}", field, bytes.error().message));
  return bytes;
}

Status take_evidence(const Json& list, gate::Attachments& attachments) {
  if (!list.is_array() || list.size() > limits::kMaxAttachments) {
    return invalid(
        fmt::format("evidence: expected an array of at most {}", limits::kMaxAttachments));
  }
  for (const Json& item : list) {
    Z5_CHECK(json_only_fields(item, {"digest", "media_type", "content"}, "evidence"));
    Z5_TRY(const std::string claimed, json_string(item, "digest", "evidence"));
    Z5_TRY(const std::string content, json_string(item, "content", "evidence"));
    Z5_TRY([[maybe_unused]] const std::string type, json_string(item, "media_type", "evidence"));
    auto bytes = from_base64(content);
    if (!bytes.ok()) return invalid(fmt::format("evidence.content: {}", bytes.error().message));
    if (bytes->size() > limits::kMaxDocument) {
      return invalid(fmt::format("evidence.content: longer than {} bytes", limits::kMaxDocument));
    }
    const Digest digest = sha256(*bytes);
    if (digest.text() != claimed)
      return invalid("evidence.digest: is not the digest of the content");
    attachments.emplace(digest, std::move(*bytes));
  }
  return Done{};
}

Answer answer_of(identity::NotAuthentic::Why why) {
  switch (why) {
    case identity::NotAuthentic::Why::Malformed:
      return Answer::Malformed;
    case identity::NotAuthentic::Why::Unknown:
      return Answer::Unauthenticated;
    case identity::NotAuthentic::Why::Refused:
      return Answer::Refused;
  }
  return Answer::Malformed;
}

}  // namespace

Result<CommandRequest> parse_request(std::string_view json) {
  Z5_TRY(const Json request, parse_json(json, limits::kMaxRequest));
  Z5_CHECK(json_only_fields(request, {"command", "cosigners", "evidence"}, "request"));
  if (!request.contains("command")) return invalid("command: missing");
  CommandRequest out;
  Z5_TRY(out.bundles.emplace_back(), bundle_of(request["command"], "command"));
  if (request.contains("cosigners")) {
    const Json& cosigners = request["cosigners"];
    if (!cosigners.is_array() || cosigners.size() > limits::kMaxCosigners) {
      return invalid(
          fmt::format("cosigners: expected an array of at most {}", limits::kMaxCosigners));
    }
    for (const Json& cosigner : cosigners) {
      Z5_TRY(out.bundles.emplace_back(), bundle_of(cosigner, "cosigners"));
    }
  }
  if (request.contains("evidence")) Z5_CHECK(take_evidence(request["evidence"], out.attachments));
  return out;
}

std::string write_request(const CommandRequest& request) {
  Json out = {{"command", to_base64(request.bundles[0])},
              {"cosigners", Json::array()},
              {"evidence", Json::array()}};
  for (std::size_t i = 1; i < request.bundles.size(); ++i)
    out["cosigners"].push_back(to_base64(request.bundles[i]));
  for (const auto& [digest, bytes] : request.attachments) {
    out["evidence"].push_back({{"digest", digest.text()},
                               {"media_type", "application/octet-stream"},
                               {"content", to_base64(bytes)}});
  }
  return out.dump();
}

Intake::Intake(WritePath& writer, gate::Bundles& bundles, const log::EvidenceStore& store,
               Clock clock, const RateLimits& rates)
    : writer_(writer),
      bundles_(bundles),
      evidence_step_(writer.state(), store, bundles),
      clock_(std::move(clock)),
      command_rate_(rates.commands_per_minute, rates.commands_per_minute) {}

void Intake::take(std::string_view request, Reply reply) {
  auto parsed = parse_request(request);
  if (!parsed.ok())
    return reply(Outcome::no(Answer::Malformed, "request-malformed", parsed.error().message));
  const Time now = clock_.wall();
  const gate::State& state = writer_.state();
  const identity::Authenticator authenticator({writer_.trust().origin, writer_.trust().genesis},
                                              state.actors(), state.trust());
  auto authentic = authenticator.authenticate(parsed->bundles, now);
  if (!authentic.ok()) {
    const identity::NotAuthentic& why = authentic.error();
    return reply(Outcome::no(answer_of(why.why), why.refusal.rule, why.refusal.reason));
  }
  reply = [reply = std::move(reply), id = authentic->command().command_id](Outcome outcome) {
    outcome.command_id = id;
    reply(std::move(outcome));
  };
  const identity::Actor& author = authentic->author();
  if (!command_rate_.take(author.id, now)) {
    return reply(Outcome::no(Answer::TooMany, "rate",
                             fmt::format("actor {}: too many commands a minute", author.id)));
  }
  // Nothing is stored for somebody who may not ask. Who passes here is asked again by the writer,
  // on its own fold.
  const identity::Command& command = authentic->command();
  if (!parsed->attachments.empty() && command.about_version()) {
    const Reference reference = command.reference();
    const auto allowed = gate::authorise(bundles_, state.policies()->authz, author,
                                         identity::kind_text(command.kind),
                                         {reference.tenant, reference.name(), {}, 1, 1});
    if (!allowed.ok()) parsed->attachments.clear();
  }
  auto evidenced = evidence_step_.run(*authentic, parsed->attachments);
  if (!evidenced.ok())
    return reply(Outcome::no(Answer::Unavailable, "unavailable", evidenced.error().message));
  if (!evidenced->ok())
    return reply(Outcome::no(Answer::Refused, evidenced->error().rule, evidenced->error().reason));
  writer_.submit({std::move(*authentic), std::move(**evidenced), std::move(parsed->attachments)},
                 std::move(reply));
}

void Intake::field_of_view(const std::string& ref, std::function<void(Result<View>)> reply) {
  auto evidenced = evidence_step_.of_version(ref);
  if (!evidenced.ok()) return reply(evidenced.error());
  writer_.ask([this, ref, held = std::make_shared<gate::Evidenced>(std::move(*evidenced)),
               reply = std::move(reply)](const gate::State& state, Result<Time> now) {
    const auto version = state.version(ref);
    if (!now.ok()) return reply(now.error());
    if (!version || version->changed != held->version_changed())
      return reply(unavailable(ref + ": changed just now, ask again"));
    evidence::Collected collected = gate::collect(state, *version, *held, bundles_, *now);
    reply(View{
        {ref, version->model_digest, version->evidence_root, collected.facts_digest,
         state.policies()->registry, writer_.engine(), state.serving(version->reference().name())},
        std::move(collected.facts),
        std::move(collected.notes)});
  });
}

}  // namespace z5::ledger
