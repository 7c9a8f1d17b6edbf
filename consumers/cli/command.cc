// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/command.h"

#include <fmt/format.h>

#include "consumers/cli/files.h"
#include "ledger/chain/receipt.h"
#include "ledger/clock.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/keys/dsse.h"
#include "ledger/log/kafka/command_topics.h"

namespace z5::cli {
namespace {

Result<std::chrono::nanoseconds> life_of(const SigningFlags& flags) {
  if (flags.life.empty()) {
    return std::chrono::nanoseconds(flags.out.empty() ? limits::kUsualCommandLife
                                                      : limits::kCommandLife);
  }
  const char unit = flags.life.back();
  const auto number =
      parse_decimal(std::string_view(flags.life).substr(0, flags.life.size() - 1), "--life");
  const std::int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (!number.ok() || seconds == 0 || *number == 0 || *number > 86'400) {
    return invalid(fmt::format("--life: '{}' is not like 90s, 15m or 24h", flags.life));
  }
  const auto life = std::chrono::seconds(static_cast<std::int64_t>(*number) * seconds);
  if (life > limits::kCommandLife) return invalid("--life: longer than 24h");
  return std::chrono::nanoseconds(life);
}

// Asks the ledger for its newest checkpoint, verifies it and keeps it. The lock of `heads` is held
// meanwhile: two clients that ask at once must not take the slower answer for a step back.
Status look_again(const Installation& installation, Heads& heads) {
  Z5_TRY(Service ledger, installation.service("ledger"));
  Z5_TRY(const auto note, ledger.get("/v1/checkpoint"));
  if (!note.ok()) return unavailable("the ledger does not show its checkpoint");
  const auto checkpoint = chain::verify_checkpoint(*note, installation.trust());
  if (!checkpoint.ok()) return corrupt("checkpoint of the ledger: " + checkpoint.error().message);
  return heads.keep_newest(*checkpoint);
}

// What a command signed now says that it has seen. Offline that is what was kept, or the genesis.
Result<chain::Checkpoint> seen_now(const Installation& installation, bool offline) {
  Z5_TRY(Heads heads, installation.heads());
  const Status looked = look_again(installation, heads);
  if (!looked.ok() && !(offline && looked.error().code == ErrorCode::Unavailable))
    return looked.error();
  if (heads.newest()) return *heads.newest();
  return chain::Checkpoint{{}, 1, installation.trust().genesis};
}

// The receipt of entry `sequence`, verified; a repeat of an old command has none.
Status keep_outcome(const Installation& installation, const Json& answer, std::uint64_t sequence,
                    const Digest& entry) {
  Z5_TRY(Heads heads, installation.heads());
  if (!answer.contains("receipt")) return heads.keep_sequence(sequence);
  Z5_TRY(const std::string text, json_string(answer, "receipt", "answer"));
  const auto receipt = chain::parse_receipt(text);
  if (!receipt.ok()) return corrupt("receipt: " + receipt.error().message);
  if (receipt->index != sequence) return corrupt("receipt: is about another entry than the answer");
  const auto checkpoint = chain::verify_receipt(*receipt, entry, installation.trust());
  if (!checkpoint.ok()) return corrupt("receipt: " + checkpoint.error().message);
  return heads.keep_receipt(*checkpoint, sequence);
}

Service::Answer answer_by_http(const Installation& installation, const std::string& bytes) {
  Z5_TRY(Service ledger, installation.service("ledger"));
  return ledger.post("/v1/commands", bytes);
}

// The same bytes by the topic of commands, and the same answer from the topic of outcomes.
Service::Answer answer_by_topic(const Installation& installation,
                                const ledger::CommandRequest& request, const std::string& bytes) {
  Z5_TRY(const ledger::Config config, ledger::load_config(installation.home()));
  if (config.log != "kafka") return invalid("--via kafka: this ledger is in a file");
  const auto bundle = sigstore::parse_bundle(request.bundles[0]);
  if (!bundle.ok() || !bundle->envelope) return invalid("request: holds no signed command");
  Z5_TRY(const identity::Command command, identity::parse_command(bundle->envelope->payload));
  Z5_TRY(const std::string record, kafka::ask_by_topic(config.kafka, config.ledger, bytes,
                                                       command.command_id, limits::kTopicAnswer));
  Z5_TRY(const Json json, parse_json(record, limits::kKafkaMessage));
  if (!json.contains("status") || !json["status"].is_number_integer() || !json.contains("answer"))
    return corrupt("outcome: is not of its form");
  return read_answer(json["status"].get<int>(), json["answer"].dump());
}

Result<Outcome> accepted(const Installation& installation, const std::string& body) {
  Z5_TRY(Json answer, parse_json(body));
  if (answer.value("dry_run", false)) {
    return Outcome{.text = "would be accepted; nothing was appended\n",
                   .document = std::move(answer),
                   .exit = 0};
  }
  Z5_TRY(const std::uint64_t sequence, json_uint(answer, "sequence", "answer"));
  Z5_TRY(const std::string hash, json_string(answer, "entry_hash", "answer"));
  Z5_TRY(const Digest entry, digest_from_text(hash));
  Z5_CHECK(keep_outcome(installation, answer, sequence, entry));
  return Outcome{.text = fmt::format("entry {} {}\n", sequence, hash),
                 .document = std::move(answer),
                 .exit = 0};
}

}  // namespace

void add_signing_flags(CLI::App& verb, SigningFlags& flags) {
  verb.add_option("--key", flags.key, "private key of the author")->required();
  add_list(verb, "--cosign", flags.cosign, "private key of a cosigner");
  verb.add_option("--out", flags.out, "write the signed request here instead of sending it");
  verb.add_option("--life", flags.life, "how long it may be sent: 90s, 15m, at most 24h");
  verb.add_option("--comment", flags.comment, "for people; stays in the signed command");
}

Status sign(const std::string& payload, const std::vector<std::string>& key_files,
            std::vector<Bytes>& bundles) {
  for (const std::string& file : key_files) {
    Z5_TRY(const keys::PrivateKey key, keys::PrivateKey::load(file));
    bundles.push_back(keys::sign_bundle(payload, key));
  }
  return Done{};
}

Result<std::string> compose(const Installation& installation, const Draft& draft,
                            const SigningFlags& flags) {
  Z5_TRY(const auto life, life_of(flags));
  const bool offline = !flags.out.empty() || installation.via_kafka();
  Z5_TRY(const chain::Checkpoint seen, seen_now(installation, offline));
  const Time now = ledger::machine_clock().wall();
  identity::Command command;
  command.kind = draft.kind;
  command.ledger = {installation.trust().origin, installation.trust().genesis};
  command.ref = draft.ref;
  command.command_id = make_uuid_v7(now, keys::random_bytes(10));
  command.issued_at = now;
  command.expires_at = now + life;
  command.seen_size = seen.size;
  command.seen_root = seen.root;
  command.dry_run = draft.dry_run;
  command.subject = draft.subject;
  command.fields = draft.fields;
  if (!flags.comment.empty()) command.fields["comment"] = flags.comment;
  std::string payload = identity::write_command(command);
  // Refused here what the ledger would call malformed: before anybody signs it.
  Z5_CHECK(identity::parse_command(payload));
  return payload;
}

Result<Outcome> send(const Installation& installation, const ledger::CommandRequest& request) {
  const std::string bytes = ledger::write_request(request);
  Z5_TRY(const auto answer, installation.via_kafka() ? answer_by_topic(installation, request, bytes)
                                                     : answer_by_http(installation, bytes));
  if (!answer.ok()) return outcome_of(answer.error());
  return accepted(installation, *answer);
}

Result<Outcome> send_or_keep(const Installation& installation,
                             const ledger::CommandRequest& request, const std::string& out) {
  if (out.empty()) return send(installation, request);
  Z5_CHECK(write_file(out, ledger::write_request(request) + "\n"));
  return Outcome{
      .text = fmt::format("{}: signed by {}; z5 send {}\n", out, request.bundles.size(), out),
      .document = {{"out", out}, {"signatures", request.bundles.size()}},
      .exit = 0};
}

Result<Outcome> carry_out(const Installation& installation, const Draft& draft,
                          const SigningFlags& flags) {
  Z5_TRY(const std::string payload, compose(installation, draft, flags));
  ledger::CommandRequest request{{}, draft.attachments};
  std::vector<std::string> key_files = {flags.key};
  key_files.insert(key_files.end(), flags.cosign.begin(), flags.cosign.end());
  Z5_CHECK(sign(payload, key_files, request.bundles));
  return send_or_keep(installation, request, flags.out);
}

Result<Expected<Json, No>> field_of_view(const Installation& installation, const std::string& ref) {
  Z5_CHECK(parse_reference(ref));
  Z5_TRY(const std::string target, version_target(ref));
  Z5_TRY(Service ledger, installation.service("ledger"));
  Z5_TRY(const auto answer, ledger.get(target + "/view"));
  if (!answer.ok()) return Expected<Json, No>(answer.error());
  Z5_TRY(Json view, parse_json(*answer));
  return Expected<Json, No>(std::move(view));
}

Result<Expected<Digest, No>> model_digest_of(const Installation& installation,
                                             const std::string& ref, const SigningFlags& flags) {
  using Found = Expected<Digest, No>;
  Z5_CHECK(parse_reference(ref));
  if (!flags.model_digest.empty()) {
    Z5_TRY(const Digest given, digest_from_text(flags.model_digest));
    return Found(given);
  }
  Z5_TRY(const std::string target, version_target(ref));
  auto shown = installation.read_json(target);
  const bool elsewhere = !shown.ok() && shown.error().code == ErrorCode::Unavailable;
  if (elsewhere) shown = field_of_view(installation, ref);
  if (!shown.ok()) return shown.error();
  if (!shown->ok()) return Found(shown->error());
  Z5_TRY(const std::string text, json_string(**shown, "model_digest", "version"));
  Z5_TRY(const Digest digest, digest_from_text(text));
  return Found(digest);
}

}  // namespace z5::cli
