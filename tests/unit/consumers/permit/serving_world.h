// SPDX-License-Identifier: Apache-2.0
// A whole ledger (tests/support) with a projection and a permit service on it, in one process.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/permit/permit.h"
#include "ledger/log/file_log.h"
#include "schemas/encoding.h"
#include "world.h"

namespace z5::permit {

using identity::Kind;
using support::World;

inline constexpr const char* kRef = "acme/credit:1.0";

class ServingWorld {
 public:
  explicit ServingWorld(std::chrono::nanoseconds max_lag = std::chrono::seconds(10)) {
    decisions = *DecisionLog::open(folder.path() + "/decisions", disk);
    projector = *projections::Projector::start(
        {.state = folder.path() + "/store",
         .trust = world.trust(),
         .open_log = [path = world.ledger_folder()](
                         log::Position from) { return log::open_file_reader(path, from); },
         .checkpoint_file = world.ledger_folder() + "/checkpoint"});
    permits = std::make_unique<Permits>(
        Permits::Settings{
            .key = key(), .max_lag = max_lag, .clock = [this] { return world.now(); }},
        *projector, world.bundles(), world.store(), *decisions);
    catch_up(0);
  }
  ~ServingWorld() { projector->stop(); }

  // A disk whose syncs fail when a test says so.
  struct FailingDisk : log::Disk {
    std::atomic<bool> fails = false;
    int fdatasync(int file) override {
      if (!fails) return log::Disk::fdatasync(file);
      errno = EIO;
      return -1;
    }
  };

  const keys::PrivateKey& key() const { return world.cast().keys.at("permit"); }
  void catch_up(std::uint64_t sequence) {
    const auto view = projector->view_with(sequence, std::chrono::seconds(20));
    if (!view.ok()) std::fprintf(stderr, "%s\n", view.error().message.c_str());
    Z5_ASSERT(view.ok());
  }
  // What a command did, once the projection has it.
  void must(const ledger::Outcome& outcome) {
    for (const Refusal& refusal : outcome.refusals) {
      std::fprintf(stderr, "%s: %s\n", refusal.rule.c_str(), refusal.reason.c_str());
    }
    Z5_ASSERT(outcome.answer == ledger::Answer::Accepted);
    catch_up(outcome.sequence);
  }
  void promote(const std::string& ref = kRef) {
    world.approve_and_promote(ref);
    must(world.run(Kind::Annotate, ref, "ci", {{"tags", {{"seen", "yes"}}}}));
  }
  void admin(Kind kind, const Digest& subject, Json fields,
             const std::vector<support::Document>& documents = {}) {
    ledger::CommandRequest request =
        world.sign(world.command(kind, "", subject, std::move(fields)), "ana", {"ada"});
    for (const auto& document : documents)
      request.attachments.emplace(document.digest(), document.bytes);
    must(world.send(request));
  }
  void retire(const std::string& actor, const keys::PublicKey& of, const std::string& reason,
              Time invalid_since = {}) {
    Json fields = {{"actor", actor}, {"reason", reason}};
    if (invalid_since.is_set()) fields["invalid_since"] = to_rfc3339(invalid_since);
    admin(Kind::RetireActor, of.digest(), std::move(fields));
  }

  PermitRequest request(const std::string& model = kRef) const {
    return {.model = model,
            .policies = {sha256("not this one"), policy::default_registry_bundle().digest()},
            .nonce = to_hex("0123456789abcdef"),
            .min_sequence = 0};
  }
  Expected<std::string, NoPermit> ask(const std::string& actor = "server",
                                      const std::string& model = kRef) {
    return permits->answer(actor, request(model));
  }
  // "" = permitted; "503" = cannot say; else the rules, in order, joined by blanks.
  static std::string said(const Expected<std::string, NoPermit>& answer) {
    if (answer.ok()) return "";
    if (answer.error().refusals.empty()) return "503";
    std::string out;
    for (const Refusal& refusal : answer.error().refusals)
      out += (out.empty() ? "" : " ") + refusal.rule;
    return out;
  }
  std::string said(const std::string& actor = "server", const std::string& model = kRef) {
    return said(ask(actor, model));
  }

  World world;
  support::TemporaryFolder folder;
  FailingDisk disk;
  std::unique_ptr<DecisionLog> decisions;
  std::unique_ptr<projections::Projector> projector;
  std::unique_ptr<Permits> permits;
};

}  // namespace z5::permit
