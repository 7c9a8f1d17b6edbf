// SPDX-License-Identifier: Apache-2.0
// z5-replay mirror: a ledger moves from its file to Kafka, byte for byte: verified while it is
// read, put into a topic that must be empty, and verified again from there. The ledger's writer
// must not run meanwhile; it goes on, on Kafka, from the same head. With --evidence the documents
// go along, each in the transaction of the group that names it, and are read back.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "ledger/chain/verify_log.h"
#include "ledger/gate/named_documents.h"
#include "ledger/log/evidence_store.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "replay/verb.h"
#include "schemas/entry.h"
#include "schemas/limits.h"

namespace z5::replay {
namespace {

// The folder of the documents; nullopt: only entries are copied.
using Documents = std::optional<log::EvidenceStore>;

Result<std::unique_ptr<log::Writer>> open_empty(const OnKafka& to, const Documents& documents) {
  Z5_TRY(const kafka::Topics topics, kafka::create_topics(to.cluster, to.ledger));
  if (!topics.warning().empty()) fmt::print(stderr, "z5-replay: {}\n", topics.warning());
  Z5_TRY(auto writer, kafka::open_kafka_writer(to.cluster, to.ledger, documents));
  Z5_TRY(auto tail, writer->tail({}));
  log::Batch batch;
  Z5_CHECK(tail->next(batch, std::chrono::milliseconds(0)));
  if (!batch.empty())
    return invalid(fmt::format("--to: {}: is not empty", kafka::entries_topic(to.ledger)));
  Z5_CHECK(writer->begin({}));
  return writer;
}

// Whole groups, several in one transaction: the bytes are the same, and Kafka has less to do. One
// that brings documents has its own.
class Filler {
 public:
  explicit Filler(log::Writer& writer) : writer_(writer) {}

  void add(std::string_view frame, const std::vector<Digest>& documents) {
    open_.bytes += frame;
    open_.ends.push_back(open_.bytes.size());
    open_.evidence.insert(open_.evidence.end(), documents.begin(), documents.end());
  }
  // After a group's last record.
  Status seal() {
    const bool fits = whole_.ends.size() + open_.ends.size() <= limits::kMaxGroup &&
                      whole_.bytes.size() + open_.bytes.size() <= limits::kMaxGroupBytes &&
                      whole_.evidence.empty() && open_.evidence.empty();
    if (!fits) Z5_CHECK(flush());
    for (const std::size_t end : open_.ends) whole_.ends.push_back(whole_.bytes.size() + end);
    whole_.bytes += open_.bytes;
    std::ranges::sort(open_.evidence);
    std::ranges::unique_copy(open_.evidence, std::back_inserter(whole_.evidence));
    carried_.insert(whole_.evidence.begin(), whole_.evidence.end());
    open_ = {};
    return Done{};
  }
  Status flush() {
    if (whole_.ends.empty()) return Done{};
    const auto end = writer_.append(whole_);
    if (!end.ok())
      return unavailable(end.error().reason +
                         "; the copy is not whole: delete the topics and mirror again");
    whole_ = {};
    return Done{};
  }
  const std::set<Digest>& carried() const { return carried_; }

 private:
  log::Writer& writer_;
  log::Group whole_, open_;
  std::set<Digest> carried_;
};

// The documents that were sent.
Result<std::set<Digest>> copy(Audit& audit, log::Writer& writer, const Documents& documents) {
  Filler filler(writer);
  for (log::Batch batch;;) {
    Z5_CHECK(audit.reader->next(batch, std::chrono::milliseconds(0)));
    if (batch.empty()) break;
    for (const log::RecordView& record : batch.records()) {
      Z5_TRY(const bool ended, audit.verifier.take(record));
      std::vector<Digest> named;
      if (documents) {
        Z5_TRY(const Entry entry, decode_entry(record.body));
        Z5_TRY(named, gate::named_documents(entry, *documents));
      }
      filler.add(record.frame, named);
      if (ended) Z5_CHECK(filler.seal());
    }
  }
  Z5_CHECK(audit.finish());
  Z5_CHECK(filler.flush());
  return filler.carried();
}

// A folder for a moment.
class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "z5-mirror-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What lies in the topics is this ledger, up to the same size and root, and all its documents.
Status verify_copy(const OnKafka& to, const Source& source, const chain::Head& wanted,
                   const std::set<Digest>& carried) {
  const Scratch scratch;
  if (scratch.path().empty()) return unavailable("no room for a temporary folder");
  const log::EvidenceStore arrived(scratch.path());
  Z5_TRY(chain::Trust trust, chain::load_trust(source.trust));
  chain::Verifier verifier(chain::empty_head(std::move(trust)));
  Z5_CHECK(verifier.expect({wanted.trust.origin, wanted.size(), wanted.tree.root()}));
  Z5_TRY(const auto reader, kafka::open_kafka_reader_to_end(to.cluster, to.ledger, {}, arrived));
  Z5_CHECK(chain::verify_log(*reader, verifier, std::max(1u, std::thread::hardware_concurrency())));
  Z5_CHECK(verifier.finish());
  if (verifier.head().size() != wanted.size()) return corrupt("--to: holds more than was mirrored");
  for (const Digest& document : carried) {
    Z5_TRY([[maybe_unused]] const Bytes bytes, arrived.get(document));
  }
  return Done{};
}

Result<Outcome> mirror(Source source, const std::string& file, const std::string& target) {
  const auto to = on_kafka(target, source);
  if (!to.ok()) return invalid("--to: " + to.error().message);
  source.log = file.starts_with("file:") ? file : "file:" + file;
  Z5_TRY(Audit audit, open_audit(source));
  Documents documents;
  if (!source.evidence.empty()) documents.emplace(source.evidence);
  Z5_TRY(const auto writer, open_empty(*to, documents));
  Z5_TRY(const std::set<Digest> carried, copy(audit, *writer, documents));
  Z5_CHECK(verify_copy(*to, source, audit.verifier.head(), carried));
  Outcome outcome{
      fmt::format("mirrored to {} and verified there: {}\n{}", target, describe_text(audit),
                  documents ? fmt::format("{} documents with it", carried.size())
                            : "no --evidence was given: documents were not mirrored"),
      describe(audit), 0};
  if (documents) outcome.document["documents"] = std::to_string(carried.size());
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
