// SPDX-License-Identifier: Apache-2.0
// Every limit of Z5 by name, with its unit and its reason. A limit that only one file needs still
// stands here, so that an operator finds all of them in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace z5::limits {

using namespace std::chrono_literals;

// A table: one line a limit, aligned by hand.
// clang-format off

// --- entries and records
inline constexpr std::size_t kMaxBody = 65'535;              // bytes; C2SP entry bundles have a 16-bit length
inline constexpr std::size_t kMaxCommands = 4u << 20;        // bytes of all signed bundles of one entry
inline constexpr std::size_t kMaxSeal = 4'096;               // bytes; a note with a few signature lines
inline constexpr std::size_t kMaxGroup = 4'096;              // entries appended together: bounds what recovery re-reads
inline constexpr std::size_t kMaxDue = 1'024;                // derived events of one group, the earliest due; the rest is for the next
inline constexpr std::size_t kMaxGroupBytes = 64u << 20;     // bytes of their records: bounds what a reader holds until the seal
inline constexpr std::size_t kMaxRefusedEntry = 512;         // bytes of a CommandRefused body: refusals cannot fill the log
inline constexpr unsigned kMaxTableDepth = 8;                // nesting of FlatBuffers tables in a body; entry.fbs needs fewer
inline constexpr unsigned kMaxTables = 4'096;                // FlatBuffers tables in a body
inline constexpr std::size_t kMaxNoteLines = 64;             // signature lines of a signed note; C2SP asks for at least 16

// --- log
inline constexpr std::size_t kLogReserve = 16u << 20;        // bytes of disk reserved ahead: a full disk shows early
inline constexpr std::size_t kReadBatch = 256u << 10;         // bytes a reader asks the log for at once
inline constexpr std::size_t kMaxLedgerId = 32;              // characters of a ledger's short id: it names topics
inline constexpr std::size_t kKafkaMessage = 8u << 20;       // bytes of one Kafka message: the largest record (4.1 MiB) and room
inline constexpr std::size_t kKafkaDocument = 17u << 20;     // the same for evidence: kMaxDocument and room
inline constexpr std::size_t kKafkaCommand = 33u << 20;      // the same for commands: kMaxRequest and room
inline constexpr auto kKafkaKeep = 7 * 24h;                  // commands and outcomes in their topics; > kCommandLife, and a long weekend
inline constexpr auto kKafkaStart = 60'000ms;                // a writer's start until Kafka let it in: covers a broker's own start
inline constexpr auto kKafkaDelivery = 20'000ms;             // a group's records until acknowledged: rides out a broker's restart
inline constexpr auto kKafkaTransaction = 60'000ms;          // then the broker aborts what a hung writer left open; > delivery + commit
inline constexpr auto kKafkaAbort = 5'000ms;                 // giving a group up; longer and its outcome counts as unknown
inline constexpr auto kKafkaAnswer = 10'000ms;               // one request; a broker that hangs longer counts as gone
inline constexpr auto kKafkaStable = 10'000ms;               // at start: until no transaction is open any more
inline constexpr auto kKafkaProbe = 500ms;                   // a broker that was silent for so long is asked whether it is there
inline constexpr auto kKafkaFetchWait = 20ms;                // until a broker says that there is no more: delays a read model's write
inline constexpr auto kKafkaSilence = 30'000ms;              // reading to a known end without progress: then unavailable
inline constexpr auto kKafkaOpen = 10'000ms;                 // a transaction that hides what follows for longer is named
inline constexpr auto kKafkaEvidence = 5'000ms;              // documents on which an entry waits; longer and they count as withheld
inline constexpr int kKafkaReplicas = 3;                     // of a topic, when there are as many brokers
inline constexpr std::size_t kMaxNoteFile = 64u << 10;       // bytes of a checkpoint or trust file

// --- words
inline constexpr std::size_t kMaxSlug = 64;                  // bytes of a rule, reason, actor or role slug
inline constexpr std::size_t kMaxName = 128;                 // bytes of a tenant or model name
inline constexpr std::size_t kMaxVersion = 64;               // bytes of a version name
inline constexpr std::size_t kMaxRunId = 128;                // bytes of run_id and dataset@snapshot

// --- JSON (every document from outside)
inline constexpr std::size_t kMaxJsonDepth = 64;             // nesting
inline constexpr std::size_t kMaxJson = 16u << 20;           // bytes, unless the caller is stricter
inline constexpr std::size_t kMaxQuickJson = 64u << 10;      // bytes read the quick way; a thread keeps 5 times that
inline constexpr std::int64_t kMaxSafeInteger = std::int64_t{1} << 53;  // a double holds it exactly

// --- commands and evidence
inline constexpr std::size_t kMaxBundle = 1u << 20;          // bytes of one Sigstore bundle
inline constexpr std::size_t kMaxEnvelopeSignatures = 1;      // of a DSSE envelope, exactly: with two, readers disagree on which counts
inline constexpr std::size_t kMaxBundleCertificates = 10;    // of one bundle: a leaf and its intermediates
inline constexpr std::size_t kMaxLogEntries = 8;             // transparency log entries of one bundle; each costs a signature check
inline constexpr std::size_t kMaxTimestamps = 8;             // RFC 3161 timestamps of one bundle
inline constexpr std::size_t kMaxInclusionHashes = 64;       // of one inclusion proof: a tree of 2^64 leaves
inline constexpr std::size_t kMaxTrustedRoot = 1u << 20;     // bytes of one trusted_root.json
inline constexpr std::size_t kMaxTrustedEntries = 64;        // logs or authorities of one kind in it
inline constexpr std::size_t kMaxTrustRoots = 16;            // roots of trust of one ledger: a certificate is tried under each
inline constexpr std::size_t kMaxIdentityText = 512;         // bytes of the issuer or the subject of a keyless identity
inline constexpr std::size_t kMaxSubjects = 100'000;         // of one in-toto Statement: a model's files
inline constexpr std::size_t kMaxCosigners = 16;             // per command; a quorum larger than this is not practical
inline constexpr std::size_t kMaxDocument = 16u << 20;       // bytes of one evidence document
inline constexpr std::size_t kMaxDocuments = 64;             // evidence documents in one command
inline constexpr std::size_t kMaxNewEvidence = 128u << 20;   // bytes of the documents that one command brings: a log carries them with it
inline constexpr std::size_t kMaxAttachments = 1'024;        // evidence parts of one request; a policy bundle has one a file
inline constexpr std::size_t kMaxVersionDocuments = 1'024;   // evidence documents of one version, all attaches together
inline constexpr std::size_t kMaxManifestFiles = 100'000;    // files of one model
inline constexpr std::size_t kMaxPath = 1'024;               // bytes of one path in a manifest
inline constexpr std::size_t kMaxComponents = 200'000;       // components of one SBOM, nested ones included
inline constexpr std::size_t kMaxVulnerabilities = 100'000;  // findings of one scan or VEX statements of one document
inline constexpr std::size_t kMaxCard = 1u << 20;            // bytes of a model card, SCDR or ADR
inline constexpr std::size_t kMaxFrontMatter = 64u << 10;    // bytes of YAML: its parser is costly per byte
inline constexpr std::size_t kMaxYamlNodes = 10'000;         // nodes of one front matter
inline constexpr std::size_t kMaxYamlDepth = 16;             // nesting of one front matter
inline constexpr std::size_t kMaxXml = 4u << 20;               // bytes of one XML document: its tree takes thirty times that
inline constexpr std::size_t kMaxXmlDepth = 64;              // nesting of one XML document, as JSON's
inline constexpr std::size_t kMaxFactText = 256;             // bytes of one text in the facts; longer does not count
inline constexpr std::size_t kMaxBlockingNamed = 64;         // finding ids named in the facts; the rest still blocks
inline constexpr std::size_t kMaxConditions = 64;            // conditions of one SCDR or ADR
inline constexpr auto kDecayReview = 168h;                   // review date of a hold that policy places; as long as a scan holds
inline constexpr std::size_t kMaxPurposes = 64;              // purposes of one dataset
inline constexpr std::size_t kHashRead = 64u << 10;          // bytes a read while hashing: stays in the nearest caches
inline constexpr std::size_t kMaxArtifactBytes = 256u << 20; // bytes of an artifact held for hashes other than SHA-256
inline constexpr std::size_t kMaxRequest = 32u << 20;        // bytes of one HTTP request body
inline constexpr auto kCommandLife = 24h;                    // expires_at - issued_at at most
inline constexpr auto kClockSkew = 5min;                     // tolerated difference between a client's clock and ours
inline constexpr std::size_t kMaxTags = 64;                  // tags of one command
inline constexpr std::size_t kMaxTagBytes = 1'024;           // bytes of one tag, key and value together

// --- election and commands by Kafka
inline constexpr auto kElectionSession = 6'000ms;            // a silent member is given up; the least that Kafka's brokers grant by default
inline constexpr auto kElectionBeat = 1'000ms;               // between two signs of life
inline constexpr auto kElectionPoll = 600'000ms;             // longest that the elected one may be busy: it reads the whole ledger when it begins
inline constexpr auto kElectionAsk = 1'000ms;                // between two questions who leads
inline constexpr std::size_t kTopicBatch = 256;              // commands taken at once; their answers are on disk before the next
inline constexpr unsigned kTopicTries = 4;                   // of a command that is answered "unavailable" while the writer lives
inline constexpr auto kTopicPause = 500ms;                   // between them
inline constexpr auto kTopicAnswer = 60'000ms;               // z5 --via kafka: until it gives up waiting; an election may lie in it
inline constexpr std::size_t kMaxDeadReason = 512;           // bytes of a dead letter's reason: what it quotes may be long
inline constexpr std::size_t kMaxHomes = 64;                 // ledgers of one z5-ledger: each has its threads and its fold in memory

// --- rates
inline constexpr unsigned kCommandsPerMinute = 600;          // per actor; more is 429
inline constexpr unsigned kRefusalsPerMinute = 30;           // recorded per actor; the rest is one RefusalsSuppressed
inline constexpr unsigned kRefusalBurst = 60;

// --- clock
inline constexpr auto kClockJump = 5s;                       // wall clock against boot clock, within one process
inline constexpr auto kClockBehind = 2s;                     // wall clock behind the last recorded_at that is bridged

// --- reads and permits
inline constexpr auto kReadYourWrite = 1s;                   // how long a read waits for min_sequence
inline constexpr auto kPermitLife = 5min;                    // not_after - issued_at
inline constexpr auto kMemoLife = 60s;                       // how long a verified artefact's verdict is reused
inline constexpr auto kDecisionBuffer = 100ms;               // decision log: longest time in memory
inline constexpr auto kRevocationListLife = 5min;            // next_update - now
inline constexpr std::size_t kMaxRuntimePolicies = 8;        // policy digests in one permit request
inline constexpr std::size_t kMinNonce = 16;                 // bytes
inline constexpr std::size_t kMaxNonce = 64;                 // bytes
inline constexpr std::size_t kRulingMemo = 65'536;           // rulings kept within kMemoLife, some hundred bytes each
inline constexpr std::size_t kListMemo = 64;                 // signed revocation lists kept: tenants that ask often
inline constexpr auto kDecisionGather = 20ms;                // decision log: what comes within it shares one sync
inline constexpr auto kDecisionRetry = 100ms;                // decision log: between attempts while the disk says no
inline constexpr auto kDecisionStall = 2s;                   // decision log: a sync that takes longer stops permits
inline constexpr std::size_t kDecisionQueue = 16u << 20;     // bytes of decisions in memory; more stops permits
inline constexpr std::size_t kDecisionFileBytes = 64u << 20; // per file; then the next one begins
inline constexpr std::size_t kDecisionFiles = 64;            // kept; the oldest goes
inline constexpr std::size_t kPage = 100;                    // rows of one answer unless asked otherwise
inline constexpr std::size_t kMaxPage = 1'000;               // rows of one answer at most
inline constexpr std::size_t kMaxWaiting = 1'024;            // requests that wait for an entry or for the slow lane

// --- read models
inline constexpr std::size_t kStoreBuffer = 16u << 20;       // bytes of a column family in memory before they become a file
inline constexpr std::size_t kStoreCache = 32u << 20;        // bytes of blocks, indexes and filters in memory
inline constexpr std::size_t kStoreBatch = 4u << 20;         // bytes written at once while catching up
inline constexpr std::size_t kStoreVersions = 16'384;        // versions kept decoded between batches
inline constexpr auto kLogPoll = 100ms;                      // how long a reader waits for an entry before it says "caught up"
inline constexpr auto kLogRetry = 500ms;                     // until a log that could not be reached is asked again
inline constexpr auto kSnapshotLife = 30 * 24h;              // age of a snapshot that a new replica still begins with: its signer may have been retired since
inline constexpr std::size_t kReadAhead = 4u << 20;          // bytes of entries and commands that are read before they are folded

// --- streams
inline constexpr int kFeedSilence = 3;                       // heartbeats missed until a stream counts as silent
inline constexpr auto kFeedCheckpoint = 5ms;                 // an entry was read, its checkpoint follows: between two looks
inline constexpr std::uint64_t kFeedTail = 1'024;            // offsets at a topic's end that are read and checked at start
inline constexpr std::size_t kFeedTransaction = 500;         // messages of one transaction, about; bounds memory and delay

// --- policy
inline constexpr auto kPolicyDeadline = 50ms;                // CPU time of one OPA evaluation; longer is a refusal
inline constexpr std::size_t kMaxPolicyFiles = 256;          // files of one bundle
inline constexpr std::size_t kMaxPolicyFile = 4u << 20;      // bytes of one file of a bundle
inline constexpr std::size_t kMaxPolicyBundle = 16u << 20;   // bytes of all files of a bundle
inline constexpr std::size_t kMaxPolicyReasons = 64;         // reasons of one decision; the rest is counted
inline constexpr std::size_t kMaxPolicyReason = 512;         // bytes of one reason
inline constexpr std::size_t kPreparedPolicies = 32;         // compiled bundles kept, some MiB each
inline constexpr std::size_t kPolicyMemo = 65'536;           // decisions kept, some hundred bytes each

// --- HTTP (kMaxRequest above is the largest body of any route)
inline constexpr std::size_t kMaxHead = 16u << 10;           // bytes of request line and fields; more is 431
inline constexpr std::size_t kMaxHeaderFields = 64;          // fields of one request or response
inline constexpr std::size_t kMaxTargetParts = 64;           // path segments, and query fields
inline constexpr std::size_t kMaxPlainBody = 1u << 20;       // bytes of a body where the route does not ask for more
inline constexpr std::size_t kMaxBuffered = 512u << 20;      // bytes of all bodies in hand: many large ones cannot take the memory
inline constexpr std::size_t kMaxConnections = 10'240;       // of one server; a command that waits holds one
inline constexpr std::size_t kMaxResponse = 64u << 20;       // bytes of one answer that our client reads
inline constexpr auto kIdleTimeout = 60s;                    // a connection between two requests
inline constexpr auto kReadTimeout = 30s;                    // one request from its first byte to its last
inline constexpr auto kAnswerTimeout = 60s;                  // an answer that comes later; then 503, the outcome is unknown
inline constexpr auto kWriteTimeout = 60s;                   // one answer to a slow reader
inline constexpr auto kLinger = 1s;                          // after a last answer: until the peer has read it
inline constexpr auto kStopGrace = 5s;                       // what is in hand at SIGTERM
inline constexpr auto kTokenRescan = 1s;                     // tokens/ is looked at again at most this often
inline constexpr std::size_t kMaxToken = 512;                // bytes of a token file
inline constexpr std::size_t kMinToken = 32;                 // characters of a token: 32 of base64url are 192 bits

// --- command line
inline constexpr auto kServiceStart = 120s;                  // z5 up: until a service is ready; it reads the whole ledger first
inline constexpr auto kServiceStop = 30s;                    // z5 down: kStopGrace, and the group that is being written
inline constexpr auto kUsualCommandLife = 1h;                // expires_at of a command that is sent at once
inline constexpr std::size_t kMaxActorsFile = 4u << 20;      // bytes of actors.toml

// --- service logs
inline constexpr std::size_t kLogFileBytes = 16u << 20;      // per file; then it is rotated
inline constexpr std::size_t kLogFiles = 4;                  // kept beside the current one
inline constexpr std::size_t kLogLine = 4'096;               // bytes of one line; longer fields are cut
inline constexpr unsigned kLogWarningsPerMinute = 60;        // of one message; the rest is counted

// clang-format on
}  // namespace z5::limits
