// SPDX-License-Identifier: Apache-2.0
// z5-replay mirror: a ledger moves from its file to Kafka, byte for byte: verified while it is
// read, put into a topic that must be empty, and verified again from there. The ledger's writer
// must not run meanwhile; it goes on, on Kafka, from the same head.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "ledger/chain/verify_log.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "replay/verb.h"
#include "schemas/limits.h"

namespace z5::replay {
namespace {

Result<std::unique_ptr<log::Writer>> open_empty(const OnKafka& to) {
  Z5_TRY(const kafka::Topics topics, kafka::create_topics(to.cluster, to.ledger));
  if (!topics.warning().empty()) fmt::print(stderr, "z5-replay: {}\n", topics.warning());
  Z5_TRY(auto writer, kafka::open_kafka_writer(to.cluster, to.ledger));
  Z5_TRY(auto tail, writer->tail({}));
  log::Batch batch;
  Z5_CHECK(tail->next(batch, std::chrono::milliseconds(0)));
  if (!batch.empty())
    return invalid(fmt::format("--to: {}: is not empty", kafka::entries_topic(to.ledger)));
  Z5_CHECK(writer->begin({}));
  return writer;
}

// Whole groups, several in one transaction: the bytes are the same, and Kafka has less to do.
class Filler {
 public:
  explicit Filler(log::Writer& writer) : writer_(writer) {}

  void add(std::string_view frame) {
    open_.bytes += frame;
    open_.ends.push_back(open_.bytes.size());
  }
  // After a group's last record.
  Status seal() {
    const bool fits = whole_.ends.size() + open_.ends.size() <= limits::kMaxGroup &&
                      whole_.bytes.size() + open_.bytes.size() <= limits::kMaxGroupBytes;
    if (!fits) Z5_CHECK(flush());
    for (const std::size_t end : open_.ends) whole_.ends.push_back(whole_.bytes.size() + end);
    whole_.bytes += open_.bytes;
    open_ = {};
    return Done{};
  }
  Status flush() {
    if (whole_.ends.empty()) return Done{};
    const auto end = writer_.append(whole_);
    if (!end.ok())
      return unavailable(end.error().reason +
                         "; the copy is not whole: delete the topic and mirror again");
    whole_ = {};
    return Done{};
  }

 private:
  log::Writer& writer_;
  log::Group whole_, open_;
};

Status copy(Audit& audit, log::Writer& writer) {
  Filler filler(writer);
  for (log::Batch batch;;) {
    Z5_CHECK(audit.reader->next(batch, std::chrono::milliseconds(0)));
    if (batch.empty()) break;
    for (const log::RecordView& record : batch.records()) {
      Z5_TRY(const bool ended, audit.verifier.take(record));
      filler.add(record.frame);
      if (ended) Z5_CHECK(filler.seal());
    }
  }
  Z5_CHECK(audit.finish());
  return filler.flush();
}

// What lies in the topic is this ledger, up to the same size and root.
Status verify_copy(const OnKafka& to, const Source& source, const chain::Head& wanted) {
  Z5_TRY(chain::Trust trust, chain::load_trust(source.trust));
  chain::Verifier verifier(chain::empty_head(std::move(trust)));
  Z5_CHECK(verifier.expect({wanted.trust.origin, wanted.size(), wanted.tree.root()}));
  Z5_TRY(const auto reader, kafka::open_kafka_reader_to_end(to.cluster, to.ledger));
  Z5_CHECK(chain::verify_log(*reader, verifier, std::max(1u, std::thread::hardware_concurrency())));
  Z5_CHECK(verifier.finish());
  if (verifier.head().size() != wanted.size()) return corrupt("--to: holds more than was mirrored");
  return Done{};
}

Result<Outcome> mirror(Source source, const std::string& file, const std::string& target) {
  const auto to = on_kafka(target, source);
  if (!to.ok()) return invalid("--to: " + to.error().message);
  source.log = file.starts_with("file:") ? file : "file:" + file;
  Z5_TRY(Audit audit, open_audit(source));
  Z5_TRY(const auto writer, open_empty(*to));
  Z5_CHECK(copy(audit, *writer));
  Z5_CHECK(verify_copy(*to, source, audit.verifier.head()));
  Outcome outcome{
      fmt::format("mirrored to {} and verified there: {}", target, describe_text(audit)),
      describe(audit), 0};
  outcome.document["to"] = target;
  return outcome;
}

}  // namespace

Verb add_mirror(CLI::App& app) {
  CLI::App* verb =
      app.add_subcommand("mirror", "copy a file log into an empty topic, and verify the copy");
  const auto file = std::make_shared<std::string>(), target = std::make_shared<std::string>();
  verb->add_option("FILE", *file, "the entries file, or the folder that holds it")->required();
  verb->add_option("--to", *target, "kafka:HOST:PORT/ID")->required();
  return [file, target](const Source& source) { return mirror(source, *file, *target); };
}

}  // namespace z5::replay
