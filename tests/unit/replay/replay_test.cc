// SPDX-License-Identifier: Apache-2.0
// Goal: z5-replay says yes, malformed, unavailable or damaged by its exit status, and where.
// Method: its own entry point, over the sample ledger and damaged copies of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "replay/verb.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::replay {
namespace {

using chain::sample::read_file;
using chain::sample::write_file;
using testing::HasSubstr;

struct Ran {
  int exit;
  std::string out, err;
};

class Replay : public testing::Test {
 protected:
  Replay() {
    write_file(folder_ / "trust.json",
               to_json(chain::sample::write_ledger(folder_.path(), {2, 3})));
    bytes_ = read_file(folder_ / "entries");
    write_file(folder_ / "copy", bytes_);
    std::filesystem::create_directory(folder_ / "alone");  // no durable mark beside it
    write_copy(bytes_);
  }
  void write_copy(std::string_view bytes) { write_file(copy(), bytes); }
  std::string copy() const { return folder_ / "alone/entries"; }

  Ran run(std::vector<std::string> arguments, const std::string& log) const {
    arguments.insert(arguments.begin(), "z5-replay");
    for (const std::string& more :
         {std::string("--log"), log, std::string("--trust"), folder_ / "trust.json"}) {
      arguments.push_back(more);
    }
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit = replay::run(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    Ran ran{exit, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
    return ran;
  }
  Ran verify(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), "verify");
    return run(std::move(more), "file:" + copy());
  }

  chain::sample::Folder folder_;
  Bytes bytes_;
};

TEST_F(Replay, AWholeLedger) {
  const Ran ran = verify({"--chain", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const Json document = *parse_json(ran.out);
  EXPECT_EQ(document["size"], "6");
  EXPECT_EQ(document["verified"], "chain");
  EXPECT_EQ(document["truncation_excluded"], false);
  EXPECT_THAT(verify().out, HasSubstr("no --checkpoint was given"));
  EXPECT_EQ(run({"verify"}, "file:" + folder_.path()).exit, 0);  // the folder, with its mark
}

TEST_F(Replay, AKeptCheckpoint) {
  const Ran ran = verify({"--checkpoint", folder_ / "checkpoint", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.out << ran.err;
  EXPECT_EQ((*parse_json(ran.out))["truncation_excluded"], true);
  const chain::sample::Folder shorter;
  chain::sample::write_ledger(shorter.path(), {2});
  write_copy(read_file(shorter / "entries"));
  EXPECT_EQ(verify().exit, 0);  // nobody can tell
  const Ran cut = verify({"--checkpoint", folder_ / "checkpoint"});
  EXPECT_EQ(cut.exit, 4);
  EXPECT_THAT(cut.err, HasSubstr("entry 3: the log ends here, but a kept checkpoint has size 6"));
  write_copy(bytes_);
  std::string note = read_file(folder_ / "checkpoint");
  note[note.size() - 20] = note[note.size() - 20] == 'A' ? 'B' : 'A';
  write_file(folder_ / "forged", note);
  EXPECT_EQ(verify({"--checkpoint", folder_ / "forged"}).exit, 4);
  EXPECT_EQ(verify({"--checkpoint", folder_ / "trust.json"}).exit, 2);
  EXPECT_EQ(verify({"--checkpoint", folder_ / "none"}).exit, 2);
}

TEST_F(Replay, DamageIsNamed) {
  for (std::size_t at = 5; at < bytes_.size(); at += 101) {
    Bytes changed = bytes_;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    write_copy(changed);
    const Ran ran = verify();
    EXPECT_EQ(ran.exit, 4);
    EXPECT_THAT(ran.err, HasSubstr("corrupt: entry "));
  }
  for (std::size_t end = 1; end < bytes_.size(); end += 37) {  // torn, or a group without its seal
    write_copy(bytes_.substr(0, end));
    const Ran ran = verify({"--json"});
    const bool at_group = ran.exit == 0;
    EXPECT_TRUE(at_group || ran.exit == 4) << end;
    if (!at_group) {
      EXPECT_EQ((*parse_json(ran.out))["error"]["code"], "corrupt");
    }
  }
  write_copy("");  // trust.json pins a genesis, so nothing at all is not a beginning of it
  const Ran ran = verify();
  EXPECT_EQ(ran.exit, 4);
  EXPECT_THAT(ran.err, HasSubstr("entry 0: the log is empty"));
}

TEST_F(Replay, UsageAndWhatIsNotThere) {
  EXPECT_EQ(verify({"--no-such-flag"}).exit, 2);
  EXPECT_EQ(run({"no-such-verb"}, "file:" + copy()).exit, 2);
  EXPECT_EQ(run({"verify"}, copy()).exit, 2);
  EXPECT_EQ(run({"verify"}, "file:" + (folder_ / "none")).exit, 3);
  write_file(folder_ / "trust.json", "{}");
  EXPECT_EQ(verify().exit, 2);
}

TEST_F(Replay, CheckpointPrintsWhatANoteMustSay) {
  const Ran ran = run({"checkpoint"}, "file:" + copy());
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const std::string note = read_file(folder_ / "checkpoint");
  EXPECT_THAT(ran.out, HasSubstr(note.substr(0, note.find("\n\n") + 1)));
  EXPECT_THAT(ran.out, HasSubstr("z5.local/sample+"));
}

TEST_F(Replay, ExportIsTheSameBytes) {
  const std::string target = folder_ / "export";
  ASSERT_EQ(run({"export", target}, "file:" + folder_.path()).exit, 0);
  EXPECT_EQ(read_file(target), bytes_);
  EXPECT_EQ(run({"export", target}, "file:" + folder_.path()).exit, 2);  // never overwrites
  std::filesystem::remove(target);
  write_copy(bytes_.substr(0, bytes_.size() - 8));
  EXPECT_EQ(run({"export", target}, "file:" + copy()).exit, 4);
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace z5::replay
