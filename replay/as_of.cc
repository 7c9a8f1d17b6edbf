// SPDX-License-Identifier: Apache-2.0
// z5-replay as-of (SEQ|TIME) REF: what the ledger said about a version then.
#include <fmt/format.h>

#include <memory>

#include "replay/history.h"

namespace z5::replay {
namespace {

// A point in the past: behind an entry, or a time.
struct Point {
  std::uint64_t sequence = ~0ull;
  Time time{INT64_MAX};

  bool reached(const Entry& entry) const {
    return entry.sequence <= sequence && Time{entry.recorded_at} <= time;
  }
};

Result<Point> parse_point(const std::string& text) {
  Point point;
  if (const auto sequence = parse_decimal(text, "SEQ"); sequence.ok()) {
    point.sequence = *sequence;
    return point;
  }
  auto time = from_rfc3339(text);
  if (!time.ok()) return invalid("as-of: neither a sequence nor an RFC 3339 date-time");
  point.time = *time;
  return point;
}

Result<Outcome> as_of(const Source& source, const std::string& when, const std::string& ref) {
  Z5_TRY(const Point point, parse_point(when));
  Z5_TRY([[maybe_unused]] const Reference reference, parse_reference(ref));
  Z5_TRY(Audit audit, open_audit(source));
  gate::State state;
  std::shared_ptr<const gate::Version> version;
  std::uint64_t last = 0;
  std::string serving;
  Z5_CHECK(relive(audit, state, [&](const Moment& moment) -> Status {
    if (!point.reached(moment.entry)) return Done{};
    last = moment.entry.sequence;
    version = moment.state.version(ref);
    serving = moment.state.serving(reference.name());
    return Done{};
  }));
  Outcome outcome;
  outcome.document = {
      {"as_of", std::to_string(last)}, {"ref", ref}, {"version", nullptr}, {"serving", serving}};
  outcome.exit = version ? 0 : 1;
  if (!version) {
    outcome.text = fmt::format("as of entry {}: {} was not submitted yet", last, ref);
    return outcome;
  }
  outcome.document["version"] = version_json(*version);
  outcome.text = fmt::format(
      "as of entry {}: {} is {}{}{}\nmodel {}\npolicy {}\n{} documents, {} live approvals", last,
      ref, fb::EnumNameStage(version->stage), version->hold ? ", on hold" : "",
      serving == ref ? ", serving" : "", version->model_digest.text(), version->policy.text(),
      version->documents.size(), version->approvals.size());
  return outcome;
}

}  // namespace

Verb add_as_of(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("as-of", "a version as it was");
  const auto when = std::make_shared<std::string>(), ref = std::make_shared<std::string>();
  verb->add_option("WHEN", *when, "a sequence, or an RFC 3339 date-time")->required();
  verb->add_option("REF", *ref, "tenant/model:version")->required();
  return [when, ref](const Source& source) { return as_of(source, *when, *ref); };
}

}  // namespace z5::replay
