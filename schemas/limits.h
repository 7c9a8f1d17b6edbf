// SPDX-License-Identifier: Apache-2.0
// Every limit of Z5 by name, with its unit and its reason. A limit that only one file needs still stands here, so
// that an operator finds all of them in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace z5::limits {

using namespace std::chrono_literals;

// --- entries and records
inline constexpr std::size_t kMaxBody = 65'535;              // bytes; C2SP entry bundles have a 16-bit length
inline constexpr std::size_t kMaxCommands = 4u << 20;        // bytes of all signed bundles of one entry
inline constexpr std::size_t kMaxSeal = 4'096;               // bytes; a note with a few signature lines
inline constexpr std::size_t kMaxGroup = 4'096;              // entries appended together: bounds what recovery re-reads
inline constexpr std::size_t kMaxRefusedEntry = 512;         // bytes of a CommandRefused body: refusals cannot fill the log

// --- words
inline constexpr std::size_t kMaxSlug = 64;                  // bytes of a rule, reason, actor or role slug
inline constexpr std::size_t kMaxName = 128;                 // bytes of a tenant or model name
inline constexpr std::size_t kMaxVersion = 64;               // bytes of a version name
inline constexpr std::size_t kMaxRunId = 128;                // bytes of run_id and dataset@snapshot

// --- JSON (every document from outside)
inline constexpr std::size_t kMaxJsonDepth = 64;             // nesting
inline constexpr std::size_t kMaxJson = 16u << 20;           // bytes, unless the caller is stricter

// --- commands and evidence
inline constexpr std::size_t kMaxBundle = 1u << 20;          // bytes of one Sigstore bundle
inline constexpr std::size_t kMaxCosigners = 16;             // per command; a quorum larger than this is not practical
inline constexpr std::size_t kMaxDocument = 16u << 20;       // bytes of one evidence document
inline constexpr std::size_t kMaxDocuments = 64;             // evidence documents in one command
inline constexpr std::size_t kMaxVersionDocuments = 1'024;   // evidence documents of one version, all attaches together
inline constexpr std::size_t kMaxManifestFiles = 100'000;    // files of one model
inline constexpr std::size_t kMaxRequest = 32u << 20;        // bytes of one HTTP request body
inline constexpr auto kCommandLife = 24h;                    // expires_at - issued_at at most
inline constexpr auto kClockSkew = 5min;                     // tolerated difference between a client's clock and ours
inline constexpr std::size_t kMaxTags = 64;                  // tags of one command
inline constexpr std::size_t kMaxTagBytes = 1'024;           // bytes of one tag, key and value together

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

// --- policy
inline constexpr auto kPolicyDeadline = 50ms;                // CPU time of one OPA evaluation; longer is a refusal
inline constexpr std::size_t kMaxPolicyFiles = 256;          // files of one bundle
inline constexpr std::size_t kMaxPolicyFile = 4u << 20;      // bytes of one file of a bundle
inline constexpr std::size_t kMaxPolicyBundle = 16u << 20;   // bytes of all files of a bundle
inline constexpr std::size_t kMaxPolicyReasons = 64;         // reasons of one decision; the rest is counted
inline constexpr std::size_t kMaxPolicyReason = 512;         // bytes of one reason
inline constexpr std::size_t kPreparedPolicies = 32;         // compiled bundles kept, some MiB each
inline constexpr std::size_t kPolicyMemo = 65'536;           // decisions kept, some hundred bytes each

}  // namespace z5::limits
