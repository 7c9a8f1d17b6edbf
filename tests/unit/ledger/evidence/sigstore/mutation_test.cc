// SPDX-License-Identifier: Apache-2.0
// Goal: nothing that is signed or bound can change unseen. Method: take accepted cases (the corpus
// where it is, and our own), change a character, drop a member, swap a part with another case's,
// and ask again. A changed document that is still accepted differs only in members of kSurvivors,
// each with the reason why it may. Z5_LONG=1 tries each character.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include "ledger/evidence/sigstore/check.h"
#include "ledger/evidence/sigstore/oms.h"
#include "tests/support/sigstore/corpus.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::sigstore {
namespace {

namespace fs = std::filesystem;

// A case of the mutation test: its document, and how it is asked about.
struct Case {
  std::string name;
  Json document;
  CheckRequest request;
};

// ops/test --long sets it; otherwise it is absent or empty.
bool thorough() {
  const char* set = std::getenv("Z5_LONG");
  return set != nullptr && *set != '\0';
}

struct Survivor {
  const char* path;  // regular expression over a JSON pointer
  const char* reason;
};
// What may change in an accepted document, and why that is no hole.
const Survivor kSurvivors[] = {
    {"/mediaType", "names the version only; what that version needs is there"},
    {"/verificationMaterial/publicKey(/hint)?", "orders the tries; a key is found by trying"},
    {"/dsseEnvelope/signatures/0/keyid", "unsigned by DSSE, never read"},
    {"/messageSignature/messageDigest.*",
     "the digest is computed from the artifact, the producer's is only compared"},
    {"/verificationMaterial/x509CertificateChain/certificates/([1-9].*|-)",
     "completes the path, proves nothing"},
    {"/verificationMaterial/tlogEntries/0/integratedTime", "0 is absent"},
    {"/verificationMaterial/tlogEntries/0/logIndex", "0 is absent"},
};
// The same where the policy of the case asks for no log: entries and timestamps are not looked at.
const Survivor kUnasked[] = {
    {"/verificationMaterial/tlogEntries.*", "no log is asked for"},
    {"/verificationMaterial/timestampVerificationData.*", "no timestamp is asked for"},
};
// Where a log's promise says when: an empty list of timestamps, or a proof beside the promise of a
// v0.1 bundle.
const Survivor kPromised[] = {
    {"/verificationMaterial/timestampVerificationData.*", "the promise says when it was signed"},
};
const Survivor kVersion01[] = {
    {"/verificationMaterial/tlogEntries/0/inclusionProof.*", "a v0.1 bundle rests on the promise"},
};

class SigstoreMutation : public testing::Test {
 protected:
  SigstoreMutation()
      : folder_(fs::temp_directory_path() / fmt::format("z5_mutation_{}", ::getpid())) {
    fs::create_directories(folder_);
    for (const support::CorpusCase& each : corpus_.cases()) {
      const bool structure_only = each.file.find("oms-spec-vectors") != std::string::npos;
      if (each.accept && !structure_only)
        add(each.file, *parse_json(support::read_file(each.request.file)), each.request);
    }
    add_own();
  }
  ~SigstoreMutation() override { fs::remove_all(folder_); }

  void add(std::string name, Json document, CheckRequest request) {
    request.file = folder_ / "bundle.json";
    cases_.push_back({std::move(name), std::move(document), std::move(request)});
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  void add_own() {
    CheckRequest request;
    request.now = Time{support::kSignedAt * 1'000'000'000};
    request.artifact = write("artifact", "the weights");
    request.trusted_root = write("trusted_root.json", stack_.trusted_root().dump());
    request.identity = "trainer@example.test";
    request.issuer = "https://issuer.example.test";
    support::BundleOptions v1;
    v1.rekor = 1;
    v1.timestamp = false;
    add("own/blob-rekor-v2", stack_.keyless_blob("the weights"), request);
    add("own/blob-rekor-v1", stack_.keyless_blob("the weights", v1), request);
    request.type = "https://example.test/evaluation/v1";
    const std::string payload = support::statement_for("the weights", *request.type);
    for (const char* kind : {"dsse", "hashedrekord"}) {
      add(fmt::format("own/{}-v2", kind), stack_.keyless_statement(payload, {}, kind), request);
    }
    for (const char* kind : {"dsse", "hashedrekord", "intoto"}) {
      add(fmt::format("own/{}-v1", kind), stack_.keyless_statement(payload, v1, kind), request);
    }
  }

  bool accepted(const Case& each, const std::string& text) {
    std::ofstream(each.request.file, std::ios::binary | std::ios::trunc) << text;
    const auto answer = check(each.request);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() && answer->ok();
  }

  static bool covered(std::span<const Survivor> list, const std::string& path) {
    for (const Survivor& each : list) {
      if (std::regex_match(path, std::regex(each.path))) return true;
    }
    return false;
  }

  static bool may_survive(const Case& each, const std::string& path) {
    const Json& material = each.document["verificationMaterial"];
    const bool asks_log = each.request.trusted_root && each.request.log != Need::None;
    const bool promised = material.dump().find("inclusionPromise") != std::string::npos;
    const bool v01 = each.document["mediaType"].get<std::string>().ends_with("version=0.1");
    return covered(kSurvivors, path) || (!asks_log && covered(kUnasked, path)) ||
           (promised && covered(kPromised, path)) || (promised && v01 && covered(kVersion01, path));
  }

  // Judges one changed document; nothing happens when it says the same as before.
  void judge(const Case& each, const Json& changed, const std::string& what) {
    if (changed == each.document) return;
    ++tried_;
    if (!accepted(each, changed.dump())) return;
    ++survived_;
    for (const Json& difference : Json::diff(each.document, changed)) {
      const std::string path = difference["path"];
      ++paths_[path];
      EXPECT_TRUE(may_survive(each, path))
          << each.name << ": " << what << " at " << path << " passes unseen";
    }
  }

  void report(const char* what) {
    fmt::print("{}: {} changed documents of {} cases, {} survived\n", what, tried_, cases_.size(),
               survived_);
    for (const auto& [path, count] : paths_) fmt::print("  {:4} {}\n", count, path);
    EXPECT_GT(tried_, cases_.size());
  }

  support::PrivateStack stack_;
  support::Corpus corpus_;
  fs::path folder_;
  std::vector<Case> cases_;
  std::size_t tried_ = 0, survived_ = 0;
  std::map<std::string, int> paths_;
};

std::vector<Json::json_pointer> members(const Json& document) {
  std::vector<Json::json_pointer> out;
  const auto walk = [&](const auto& self, const Json& value, const Json::json_pointer& at) -> void {
    if (value.is_object()) {
      for (const auto& [key, member] : value.items())
        self(self, member, (out.push_back(at / key), at / key));
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        self(self, value[i], (out.push_back(at / i), at / i));
    }
  };
  walk(walk, document, Json::json_pointer());
  return out;
}

TEST_F(SigstoreMutation, TheCasesAreAcceptedUnchanged) {
  for (const Case& each : cases_) EXPECT_TRUE(accepted(each, each.document.dump())) << each.name;
}

TEST_F(SigstoreMutation, ChangedCharacters) {
  const std::size_t per_case = thorough() ? SIZE_MAX : 40;
  for (const Case& each : cases_) {
    const std::string text = each.document.dump();
    const std::size_t step = std::max<std::size_t>(1, text.size() / per_case);
    for (std::size_t i = step / 2; i < text.size(); i += step) {
      std::string changed = text;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      const auto parsed = parse_json(changed);
      if (parsed.ok())
        judge(each, *parsed,
              fmt::format("changed character {} ({})", i,
                          text.substr(i - std::min<std::size_t>(i, 8), 16)));
    }
    // The ends of values, where padding and trailing bits live.
    for (const auto& pointer : members(each.document)) {
      if (!each.document[pointer].is_string()) continue;
      Json changed = each.document;
      std::string& value = changed[pointer].get_ref<std::string&>();
      if (value.empty()) continue;
      value.back() = value.back() == 'A' ? 'B' : 'A';
      judge(each, changed, "changed end");
      value = each.document[pointer].get<std::string>() + "A";
      judge(each, changed, "appended");
    }
  }
  report("characters");
}

TEST_F(SigstoreMutation, DroppedMembers) {
  for (const Case& each : cases_) {
    for (const auto& pointer : members(each.document)) {
      Json changed = each.document;
      Json& parent = changed[pointer.parent_pointer()];
      if (parent.is_object())
        parent.erase(pointer.back());
      else
        parent.erase(static_cast<std::size_t>(std::stoul(pointer.back())));
      judge(each, changed, "dropped member");
    }
  }
  report("members");
}

TEST_F(SigstoreMutation, PartsOfOtherCases) {
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    const Case& each = cases_[i];
    for (std::size_t step = 1; step < cases_.size(); step += thorough() ? 1 : 11) {
      const Case& other = cases_[(i + step) % cases_.size()];
      for (const auto& pointer : members(each.document)) {
        if (!other.document.contains(pointer)) continue;
        Json changed = each.document;
        changed[pointer] = other.document[pointer];
        judge(each, changed, "part of " + other.name);
      }
    }
  }
  report("parts");
}

}  // namespace
}  // namespace z5::sigstore
