// SPDX-License-Identifier: Apache-2.0
// The log on Apache Kafka: topic z5.<id>.entries, one partition, one message a record (its value is
// the frame, byte for byte what a file holds), one transaction a group. Position.offset is Kafka's
// offset of the next message. Offsets are not dense: the end of each transaction takes one.
//
// Documents that come with a group lie in topic z5.<id>.evidence, a message each with the digest as
// its key. Headers of a group's first message say where; they are hints for waiting
// (evidence_hint).
//
// Kafka only carries. A topic that lost, repeats or invents records is found by the chain above;
// what only the log can see is found here: a position that is not there any more, messages that are
// no records, and offsets taken by somebody else.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "ledger/log/evidence_store.h"
#include "ledger/log/kafka/cluster.h"
#include "ledger/log/log.h"

namespace z5::kafka {

// How the reason of an AppendFailure begins when another writer took over: step down, wait 1.5 to
// 4 s (two that come back at once fence each other for ever), then open again.
inline constexpr std::string_view kFenced = "fenced: ";

// Takes over as the only writer: whoever wrote before is fenced from here on, and what it had not
// committed is gone. Kafka cannot refuse a second writer, so this never says Conflict but for a
// transaction of somebody else that stays open: readers would see nothing that comes after it.
// Unavailable: no broker answers, or there is no topic (topics.h). Corrupt: the topic does not
// begin at offset 0 any more.
//
// append(): after a failure that is not `unknown` the transaction was aborted, and nothing will
// ever show. Unknown: the commit got no answer, another writer took over, or offsets in between are
// not this writer's; the group was not acknowledged by Kafka, but may be there. Reads nothing back:
// a reader may see a group a few milliseconds after append() returned.
//
// `evidence`: where the group's documents lie; their bytes go into the evidence topic, in the same
// transaction. Without it none are sent. A group with a document that is not there, or is larger
// than limits::kMaxDocument, is refused before anything was sent.
Result<std::unique_ptr<log::Writer>> open_kafka_writer(
    const Cluster& cluster, std::string_view ledger,
    std::optional<log::EvidenceStore> evidence = {});

// Follows committed records from `from` on. Corrupt, at once or from next(): a position that is not
// in the topic (truncated, made again, or gone), or a message that is no record. Unavailable: no
// broker answers, there is no topic and nothing was read from it before, or somebody's transaction
// stays open in front of what follows. An empty batch means that the broker said, within the last
// half second, that there is no more; for that next() may wait longer than its timeout, by
// milliseconds while a broker answers.
//
// `evidence`: where the documents are put that come with the entries. An entry is given out only
// when its documents are there; Unavailable, naming the entry, while they do not come. Without it
// entries come alone.
Result<std::unique_ptr<log::Reader>> open_kafka_reader(
    const Cluster& cluster, std::string_view ledger, log::Position from = {},
    std::optional<log::EvidenceStore> evidence = {});

// The same up to the end that the log has now: an empty batch means that everything was read, and
// next() waits for it whatever its timeout. Unavailable also: nothing came for a while, or a
// transaction stays open, which is named.
Result<std::unique_ptr<log::Reader>> open_kafka_reader_to_end(
    const Cluster& cluster, std::string_view ledger, log::Position from = {},
    std::optional<log::EvidenceStore> evidence = {});

}  // namespace z5::kafka
