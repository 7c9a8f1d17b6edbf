// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ledger/log/kafka/admin.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

struct Kind {
  std::string name;
  std::size_t message;  // bytes of the largest
  bool for_ever;
};

std::vector<Kind> kinds_of(std::string_view ledger) {
  return {{entries_topic(ledger), limits::kKafkaMessage, true},
          {evidence_topic(ledger), limits::kKafkaDocument, true},
          {commands_topic(ledger), limits::kKafkaCommand, false},
          {outcomes_topic(ledger), limits::kKafkaMessage, false},
          {dead_commands_topic(ledger), limits::kKafkaCommand, false},
          {promotions_topic(ledger), limits::kKafkaMessage, true},
          {releases_topic(ledger), limits::kKafkaMessage, true},
          {revocations_topic(ledger), limits::kKafkaMessage, true},
          {soc_topic(ledger), limits::kKafkaMessage, true}};
}

// LogAppendTime: the broker stamps its own time and so never refuses ours; recorded_at is the
// ledger's time.
Settings settings_of(const Kind& kind, int replicas) {
  const std::chrono::milliseconds keep = limits::kKafkaKeep;
  return {{"cleanup.policy", "delete"},
          {"retention.ms", kind.for_ever ? "-1" : std::to_string(keep.count())},
          {"retention.bytes", "-1"},
          {"min.insync.replicas", replicas >= limits::kKafkaReplicas ? "2" : "1"},
          {"unclean.leader.election.enable", "false"},
          {"max.message.bytes", std::to_string(kind.message)},
          {"message.timestamp.type", "LogAppendTime"}};
}

// What a setting is must be at least as good as what we set.
bool good_enough(const std::string& setting, const std::string& found, const std::string& wanted) {
  const bool more_is_better = setting == "max.message.bytes" || setting == "min.insync.replicas" ||
                              (setting == "retention.ms" && wanted != "-1");
  if (!more_is_better) return found == wanted;
  long have = 0, need = 0;
  std::from_chars(found.data(), found.data() + found.size(), have);
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), need);
  return have >= need || have == -1;
}

Result<Topics> check_with(Client& client, std::string_view ledger) {
  const std::vector<Kind> kinds = kinds_of(ledger);
  std::vector<std::string> names;
  std::vector<int> replicas;
  for (const Kind& kind : kinds) {
    Z5_TRY(const Client::Shape shape, client.shape(kind.name, limits::kKafkaStart));
    if (shape.partitions == 0) return unavailable(kind.name + ": there is no such topic");
    if (shape.partitions != 1)
      return invalid(fmt::format("{}: has {} partitions; a ledger has one order", kind.name,
                                 shape.partitions));
    names.push_back(kind.name);
    replicas.push_back(shape.replicas);
  }
  Z5_TRY(auto found, describe_topics(client, names));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    for (const auto& [setting, wanted] : settings_of(kinds[i], replicas[i])) {
      if (!good_enough(setting, found[i][setting], wanted))
        return invalid(
            fmt::format("{}: {}: is {}, must be {}", names[i], setting, found[i][setting], wanted));
    }
  }
  return Topics{*std::ranges::min_element(replicas)};
}

std::string name_of(std::string_view ledger, std::string_view kind) {
  return fmt::format("z5.{}.{}", ledger, kind);
}

}  // namespace

std::string entries_topic(std::string_view ledger) { return name_of(ledger, "entries"); }
std::string evidence_topic(std::string_view ledger) { return name_of(ledger, "evidence"); }
std::string commands_topic(std::string_view ledger) { return name_of(ledger, "commands"); }
std::string outcomes_topic(std::string_view ledger) { return name_of(ledger, "outcomes"); }
std::string dead_commands_topic(std::string_view ledger) {
  return name_of(ledger, "commands.dead");
}
std::string promotions_topic(std::string_view ledger) { return name_of(ledger, "promotions"); }
std::string releases_topic(std::string_view ledger) { return name_of(ledger, "releases"); }
std::string revocations_topic(std::string_view ledger) { return name_of(ledger, "revocations"); }
std::string soc_topic(std::string_view ledger) { return name_of(ledger, "soc"); }

std::string Topics::warning() const {
  if (replicas >= limits::kKafkaReplicas) return {};
  return fmt::format(
      "kafka: {} replica(s): a broker that is lost for good takes acknowledged entries with it; a "
      "ledger deserves {}",
      replicas, limits::kKafkaReplicas);
}

Result<Topics> create_topics(const Cluster& cluster, std::string_view ledger) {
  // A producer that asks would let the broker make the topic its own way.
  Z5_TRY(const auto client, make_consumer(cluster));
  std::vector<NewTopic> missing;
  for (const Kind& kind : kinds_of(ledger)) {
    Z5_TRY(const Client::Shape shape, client->shape(kind.name, limits::kKafkaStart));
    const int replicas = std::min(limits::kKafkaReplicas, shape.brokers);
    if (shape.partitions == 0)
      missing.push_back({kind.name, replicas, settings_of(kind, replicas)});
  }
  Z5_CHECK(make_topics(*client, missing));
  return check_with(*client, ledger);
}

Result<Topics> check_topics(const Cluster& cluster, std::string_view ledger) {
  Z5_TRY(const auto client, make_consumer(cluster));
  return check_with(*client, ledger);
}

}  // namespace z5::kafka
