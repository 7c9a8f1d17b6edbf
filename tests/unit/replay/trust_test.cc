// SPDX-License-Identifier: Apache-2.0
// Goal: an auditor needs the log alone to see who was trusted and that identities signed what they
// are said to have signed; with the evidence the facts come out again under the roots of then, also
// after those were withdrawn. Method: a real ledger whose model and whose transition identities
// signed; the program itself, by its arguments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "replay/verb.h"
#include "tests/support/keyless/keyless_people.h"

namespace z5::replay {
namespace {

using identity::Kind;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";

class ReplayTrust : public testing::Test {
 protected:
  ReplayTrust() {
    std::ofstream(world_.folder() + "/trust.json") << chain::to_json(world_.trust());
    must(people_.trust(world_));
    must(people_.enroll(world_, "trainer", "attest", {"model-signer@acme"}));
    must(people_.enroll(world_, "pipeline", "command", {"release-manager@acme"}));
    must(world_.submit(
        kRef, {},
        {{"signature",
          people_.model_signature(world_, "trainer", world_.now() - std::chrono::hours(1))}}));
    must(world_.send(people_.command(
        world_, world_.command(Kind::Stage, kRef, world_.model().digest(), Json::object()),
        "pipeline")));
    const Json withdrawn = {{"withdrawn_at", to_rfc3339(world_.now())}};
    root_ = must(people_.trust(world_, withdrawn));
  }
  static std::uint64_t must(const ledger::Outcome& outcome) {
    for (const Refusal& refusal : outcome.refusals)
      ADD_FAILURE() << refusal.rule << ": " << refusal.reason;
    return outcome.sequence;
  }
  std::pair<std::string, int> run_with(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "z5-replay");
    for (const std::string& more :
         {std::string("--json"), std::string("--log"), "file:" + world_.ledger_folder(),
          std::string("--trust"), world_.folder() + "/trust.json"}) {
      arguments.push_back(more);
    }
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    const int status = run(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    return {testing::internal::GetCapturedStdout(), status};
  }

  support::World world_;
  support::KeylessPeople people_;
  std::uint64_t root_ = 0;
};

TEST_F(ReplayTrust, IdentitiesAreVerifiedFromTheLogAlone) {
  const auto [text, status] = run_with({"verify", "--full"});
  EXPECT_EQ(status, 0) << text;
  EXPECT_THAT(text, HasSubstr("\"evidence_verified\":false"));
}

TEST_F(ReplayTrust, TheFactsComeOutUnderTheRootsOfThen) {
  const auto [text, status] =
      run_with({"verify", "--full", "--evidence", world_.evidence_folder()});
  EXPECT_EQ(status, 0) << text;
  EXPECT_THAT(text, HasSubstr("\"transitions\":\"2\""));
}

TEST_F(ReplayTrust, TheReadModelsAreEqual) {
  const auto [text, status] = run_with({"rebuild", "--compare"});
  EXPECT_EQ(status, 0) << text;
  EXPECT_THAT(text, HasSubstr("\"equal\":true"));
}

TEST_F(ReplayTrust, ARootIsExplained) {
  const auto [text, status] = run_with({"explain", std::to_string(root_)});
  EXPECT_EQ(status, 0) << text;
  for (const char* part : {"TrustRootSet", "set-trust-root", "public-good", "withdrawn_at"})
    EXPECT_THAT(text, HasSubstr(part));
}

}  // namespace
}  // namespace z5::replay
