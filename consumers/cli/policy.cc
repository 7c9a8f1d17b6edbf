// SPDX-License-Identifier: Apache-2.0
// z5 policy test, digest, activate, show, pin.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "consumers/cli/command.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/policy/engine.h"
#include "ledger/policy/opa.h"
#include "schemas/encoding.h"

namespace z5::cli {
namespace {

struct FolderFlags {
  std::string folder;
};

std::string_view word_of(policy::TestResult result) {
  switch (result) {
    case policy::TestResult::Passed:
      return "pass";
    case policy::TestResult::Failed:
      return "FAIL";
    case policy::TestResult::Error:
      return "ERROR";
    case policy::TestResult::Skipped:
      return "skip";
  }
  return "ERROR";
}

Result<Outcome> test(const Globals&, const FolderFlags& flags) {
  Z5_TRY(const policy::Bundle bundle, policy::bundle_from_directory(flags.folder));
  Z5_TRY(const auto outcomes, policy::run_tests(bundle, true));
  Outcome outcome{.text = "", .document = {{"tests", Json::array()}}, .exit = 0};
  std::size_t passed = 0;
  for (const policy::TestOutcome& each : outcomes) {
    const std::string_view word = word_of(each.result);
    outcome.text +=
        fmt::format("{} {}{}{}\n", word, each.name, each.text.empty() ? "" : ": ", each.text);
    outcome.document["tests"].push_back(
        {{"name", each.name}, {"result", word}, {"text", each.text}});
    if (each.result == policy::TestResult::Passed) ++passed;
    if (each.result == policy::TestResult::Failed || each.result == policy::TestResult::Error)
      outcome.exit = 1;
  }
  outcome.text += fmt::format("{} of {} passed\n", passed, outcomes.size());
  outcome.document["passed"] = passed;
  return outcome;
}

Result<Outcome> digest(const Globals&, const FolderFlags& flags) {
  Z5_TRY(const policy::Bundle bundle, policy::bundle_from_directory(flags.folder));
  Json files = Json::array();
  for (const auto& [path, bytes] : bundle.files())
    files.push_back({{"path", path}, {"sha256", sha256(bytes).hex()}});
  return Outcome{
      .text = bundle.digest().text() + "\n",
      .document = {{"policy_digest", bundle.digest().text()}, {"files", std::move(files)}},
      .exit = 0};
}

struct ActivateFlags {
  std::string registry, authz;
  bool withdraw_previous = false;
  SigningFlags signing;
};

// Compiles it here too: an admin should hear of a missing rule before signing.
Result<Digest> take_bundle(const std::string& folder, std::span<const policy::Package> packages,
                           Draft& draft) {
  Z5_TRY(const policy::Bundle bundle, policy::bundle_from_directory(folder));
  policy::Engine engine;
  Z5_CHECK(engine.check(bundle, packages));
  for (Bytes& document : policy::documents(bundle)) {
    const Digest name = sha256(document);
    draft.attachments.insert_or_assign(name, std::move(document));
  }
  return bundle.digest();
}

Result<Outcome> activate(const Globals& globals, const ActivateFlags& flags) {
  if (flags.registry.empty() && flags.authz.empty())
    return invalid("activate what? give DIR, or --authz DIR");
  Z5_TRY(const Installation installation, Installation::open(globals));
  Draft draft{
      .kind = identity::Kind::ActivatePolicy,
      .ref = "",
      .fields = {{"registry", ""}, {"authz", ""}, {"withdraw_previous", flags.withdraw_previous}}};
  if (!flags.authz.empty()) {
    Z5_TRY(draft.subject, take_bundle(flags.authz, policy::authz_packages(), draft));
    draft.fields["authz"] = draft.subject.text();
  }
  if (!flags.registry.empty()) {
    Z5_TRY(draft.subject, take_bundle(flags.registry, policy::registry_packages(), draft));
    draft.fields["registry"] = draft.subject.text();
  }
  Z5_TRY(Outcome outcome, carry_out(installation, draft, flags.signing));
  outcome.document["policy_digest"] = draft.subject.text();
  return outcome;
}

struct NoFlags {};

Result<Outcome> show(const Globals& globals, const NoFlags&) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto policy, installation.read_json("/v1/policy"));
  if (!policy.ok()) return outcome_of(policy.error());
  std::string text = fmt::format("registry {}\nauthz    {}\n", policy->value("registry", ""),
                                 policy->value("authz", ""));
  for (const Json& withdrawn : policy->value("withdrawn", Json::array())) {
    text += fmt::format("withdrawn {}\n", withdrawn.get<std::string>());
  }
  return Outcome{.text = std::move(text), .document = std::move(*policy), .exit = 0};
}

struct PinFlags {
  std::string digest;
};

Result<policy::Bundle> bundle_of(const Json& answer) {
  Z5_TRY(const Json* files, json_object(answer, "files", "bundle"));
  std::map<std::string, Bytes> bytes;
  for (const auto& [path, content] : files->items()) {
    if (!content.is_string()) return invalid("bundle.files: expected base64");
    Z5_TRY(bytes[path], from_base64(content.get_ref<const std::string&>()));
  }
  return policy::Bundle::make(std::move(bytes));
}

// Into policy/<hex>/, from where guard and permit requests compute the digest again. The name is
// given to the whole folder at the end, so that nobody meets half a bundle.
Result<std::string> place(const ledger::Home& home, const policy::Bundle& bundle) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(home.policy()) / bundle.digest().hex();
  const fs::path fresh = fs::path(home.policy()) / ("." + bundle.digest().hex() + ".new");
  std::error_code problem;
  if (fs::exists(folder, problem)) {
    const auto held = policy::bundle_from_directory(folder);
    if (held.ok() && held->digest() == bundle.digest()) return folder.string();
    return corrupt(folder.string() + ": is not the bundle of its name");
  }
  fs::remove_all(fresh, problem);
  for (const auto& [path, bytes] : bundle.files()) {
    fs::create_directories((fresh / path).parent_path(), problem);
    Z5_CHECK(write_file((fresh / path).string(), bytes));
  }
  fs::rename(fresh, folder, problem);
  if (problem) return unavailable(fmt::format("{}: {}", folder.string(), problem.message()));
  return folder.string();
}

Result<Outcome> pin(const Globals& globals, const PinFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  std::string name = flags.digest;
  if (name.empty()) {
    Z5_TRY(const auto active, installation.read_json("/v1/policy"));
    if (!active.ok()) return outcome_of(active.error());
    Z5_TRY(name, json_string(*active, "registry", "policy"));
  }
  Z5_TRY(const Digest wanted, digest_from_text(name));
  Z5_TRY(const auto answer, installation.read_json("/v1/policy/" + name));
  if (!answer.ok()) return outcome_of(answer.error());
  const auto bundle = bundle_of(*answer);
  if (!bundle.ok() || bundle->digest() != wanted)
    return corrupt(name + ": the service gave other bytes");
  Z5_TRY(const std::string folder, place(installation.home(), *bundle));
  return Outcome{
      .text = folder + "\n", .document = {{"policy_digest", name}, {"folder", folder}}, .exit = 0};
}

}  // namespace

void add_policy(CLI::App& app, Verb& chosen) {
  CLI::App* policy = app.add_subcommand("policy", "the rules that decide");
  policy->require_subcommand(1);
  const auto folder = [](CLI::App& verb, FolderFlags& flags) {
    verb.add_option("dir", flags.folder, "the bundle's folder")->required();
  };
  add_verb<FolderFlags>(*policy, chosen, "test", "run the bundle's own tests", folder, test);
  add_verb<FolderFlags>(*policy, chosen, "digest", "its policy digest", folder, digest);
  add_verb<ActivateFlags>(
      *policy, chosen, "activate", "new versions are judged by this bundle",
      [](CLI::App& verb, ActivateFlags& flags) {
        verb.add_option("dir", flags.registry, "registry bundle");
        verb.add_option("--authz", flags.authz, "authz bundle");
        verb.add_flag("--withdraw-previous", flags.withdraw_previous,
                      "versions bound to the bundles before no longer load");
        add_signing_flags(verb, flags.signing);
      },
      activate);
  add_verb<NoFlags>(
      *policy, chosen, "show", "which bundles are active", [](CLI::App&, NoFlags&) {}, show);
  add_verb<PinFlags>(
      *policy, chosen, "pin", "fetch a bundle into policy/ of this home",
      [](CLI::App& verb, PinFlags& flags) {
        verb.add_option("digest", flags.digest, "default: the active one");
      },
      pin);
}

}  // namespace z5::cli
