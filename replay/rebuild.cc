// SPDX-License-Identifier: Apache-2.0
// z5-replay rebuild --compare: the read models once more, from nothing, and row by row the same?
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "ledger/chain/chain_reader.h"
#include "projections/compare.h"
#include "projections/projection.h"
#include "projections/projector.h"
#include "replay/verb.h"

namespace z5::replay {
namespace {

// A folder below the system's temporary one, which goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code failed;
    path_ = (std::filesystem::temp_directory_path(failed) / "z5-replay.XXXXXX").string();
    if (failed || ::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::unique_ptr<projections::Store>> build_anew(const Source& source,
                                                       const chain::Trust& trust,
                                                       const std::string& path,
                                                       std::optional<std::uint64_t> until) {
  projections::Settings settings;
  settings.state = path;
  settings.trust = trust;
  settings.open_log = [&](log::Position from) { return open_log(source, from); };
  Z5_TRY(auto store, projections::Store::open(path, trust));
  Z5_CHECK(projections::build(*store, settings, until));
  return store;
}

// The same log in steps of one group, as a service that follows it writes it.
Result<std::unique_ptr<projections::Store>> build_in_steps(const Source& source,
                                                           const chain::Trust& trust,
                                                           const std::string& path) {
  Z5_TRY(auto store, projections::Store::open(path, trust));
  projections::Projection projection(*store, gate::Signatures::Grants);
  Z5_CHECK(projection.load());
  Z5_TRY(auto reader, open_log(source));
  chain::ChainReader groups(std::move(reader), projection.head());
  for (;;) {
    Z5_TRY(const chain::VerifiedGroup* group, groups.next(std::chrono::milliseconds(0)));
    if (group == nullptr) return store;
    Z5_TRY(const projections::ReadGroup read, projections::read_group(*group));
    Z5_CHECK(projection.apply(read));
    Z5_CHECK(projection.flush());
  }
}

Result<Outcome> compare(const Source& source, const std::string& state) {
  Z5_TRY(const chain::Trust trust, chain::load_trust(source.trust));
  TemporaryFolder folder;
  if (folder.path().empty()) return unavailable("no temporary folder can be made");
  const std::string one = folder.path() + "/one", other = folder.path() + "/other";
  std::unique_ptr<projections::Store> kept, anew;
  if (state.empty()) {
    Z5_TRY(kept, build_in_steps(source, trust, other));
    Z5_TRY(anew, build_anew(source, trust, one, {}));
  } else {
    Z5_TRY(kept, projections::Store::open(state, trust, projections::Store::Access::ReadOnly));
    Z5_TRY(anew, build_anew(source, trust, one, kept->view().head().size()));
  }
  const chain::Head head = anew->view().head();
  if (kept->view().head().tree.root() != head.tree.root())
    return corrupt("the state stands on another history than the log");
  Z5_TRY(const auto difference, projections::first_difference(*kept, *anew));
  if (difference) return corrupt(fmt::format("at {} entries: {}", head.size(), *difference));
  Outcome outcome;
  outcome.text = fmt::format(
      "rebuilt: equal row by row at {} entries, root {}{}", head.size(), head.tree.root().text(),
      state.empty() ? " (no --state was given: two builds of the log were compared)" : "");
  outcome.document = {{"equal", true},
                      {"size", std::to_string(head.size())},
                      {"root", head.tree.root().text()},
                      {"state", state}};
  return outcome;
}

}  // namespace

Verb add_rebuild(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("rebuild", "build the read models again and compare them");
  const auto state = std::make_shared<std::string>();
  verb->add_flag("--compare")
      ->description("row by row, in order, at the state's own position")
      ->required();
  verb->add_option("--state", *state, "the read models of a service (state/<service>)");
  return [state](const Source& source) { return compare(source, *state); };
}

}  // namespace z5::replay
