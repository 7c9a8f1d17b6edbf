// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/ocsf.h"

#include <fmt/format.h>

#include "schemas/ids.h"

namespace z5::feed {
namespace {

constexpr int kCategory = 3, kClass = 3004;  // Identity & Access Management, Entity Management

// OCSF's own numbers and captions.
struct Severity {
  int id;
  const char* caption;
};
constexpr Severity kInformational{1, "Informational"}, kMedium{3, "Medium"}, kHigh{4, "High"};
struct Activity {
  int id;
  const char* caption;
  Severity severity;
};

Activity activity_of(fb::Event event) {
  switch (event) {
    case fb::Event::VersionStaged:
      return {8, "Enable", kInformational};
    case fb::Event::VersionPromoted:
      return {10, "Activate", kInformational};
    case fb::Event::RolledBack:
      return {10, "Activate", kMedium};
    case fb::Event::ReleasePublished:
      return {3, "Update", kInformational};
    case fb::Event::VersionRevoked:
      return {9, "Disable", kHigh};
    case fb::Event::VersionQuarantined:
      return {12, "Suspend", kMedium};
    case fb::Event::QuarantineLifted:
      return {13, "Resume", kInformational};
    case fb::Event::CachePurgeOverdue:
      return {99, "Cache Purge Overdue", kHigh};
    case fb::Event::CachePurgeRequested:
      return {99, "Cache Purge Request", kMedium};
    default:
      return {99, "Cache Purge Acknowledgement", kInformational};
  }
}

}  // namespace

Json ocsf_document(const Entry& entry, Json data) {
  const Activity activity = activity_of(entry.event.type);
  const std::string ref = event_reference(entry);
  Json entity = {{"name", ref}, {"uid", ref}, {"type", "model version"}};
  if (const auto reference = parse_reference(ref); reference.ok())
    entity["version"] = reference->version;
  Json document = {
      {"category_uid", kCategory},
      {"category_name", "Identity & Access Management"},
      {"class_uid", kClass},
      {"class_name", "Entity Management"},
      {"activity_id", activity.id},
      {"activity_name", activity.caption},
      {"type_uid", kClass * 100 + activity.id},
      {"type_name", fmt::format("Entity Management: {}", activity.caption)},
      {"severity_id", activity.severity.id},
      {"severity", activity.severity.caption},
      {"status_id", 1},
      {"status", "Success"},
      {"time", entry.recorded_at / 1'000'000},
      {"message", fmt::format("{} {}", event_name(entry), ref)},
      {"metadata",
       {{"version", "1.3.0"},
        {"product", {{"name", "Z5"}, {"vendor_name", "Z5"}, {"feature", {{"name", "feed"}}}}},
        {"uid", data["entry_hash"]},
        {"sequence", entry.sequence},
        {"log_name", data["ledger"]["origin"]}}},
      {"entity", std::move(entity)}};
  if (!entry.actor.empty())
    document["actor"] = {{"user", {{"name", entry.actor}, {"uid", entry.actor}}}};
  document["unmapped"] = std::move(data);
  return document;
}

}  // namespace z5::feed
