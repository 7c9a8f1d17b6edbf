// SPDX-License-Identifier: Apache-2.0
// OpenSSF model signing v1.0: which files a signed model consists of, and whether a manifest or a
// directory is exactly that. Stricter than the reference tool: one signature, Statement v1, no
// duplicate or escaping names, and the signer's ignore_paths decide nothing (a bundle that ignores
// the weights would fit any weights). Pure, apart from matches_directory, which reads files with
// one thread per core.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ledger/evidence/sigstore/verify.h"
#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::sigstore {

inline constexpr std::string_view kOmsPredicateType = "https://model_signing/signature/v1.0";
// Before v1.0 the subjects were the files. Read when the rest of the bundle is sound; key-signed
// bundles of v0.2 are not, since their tool signed a garbled pre-authentication encoding.
inline constexpr std::string_view kOmsPredicateTypeV02 = "https://model_signing/Digests/v0.1";

struct FileDigest {
  std::string path;  // relative, '/' between parts
  Digest digest;
  bool operator==(const FileDigest&) const = default;
};

// A part of a file: sha256 over [start, end).
struct Shard {
  std::string path;
  std::uint64_t start = 0, end = 0;
  Digest digest;
};

// What a model signature lists: whole files, or (method "shards") consecutive parts that cover
// their files. Empty files are not listed by the latter.
struct SignedModel {
  std::string predicate_type;
  std::string name;  // what the signer calls it; proves nothing
  std::vector<FileDigest> files;
  std::vector<Shard> shards;
  std::uint64_t shard_size = 0;  // 0: whole files
};

struct VerifiedModel {
  Verified signature;
  SignedModel model;
};

// The list that a Statement of either predicate type holds. Refusals: `oms-statement` (Statement
// v0.1, not one subject, serialization), `oms-resource` (name, digest or algorithm; duplicate;
// none), `oms-root` (the subject is not the hash over the listed digests), `oms-shards` (gap,
// overlap, size).
Verdict<SignedModel> parse_oms(const Statement& statement);

// Signature and list. Refusals: those of verify and parse_oms, `oms-bundle` (no envelope, or a
// single certificate without the tlogEntries field, which the format demands then).
Verdict<VerifiedModel> verify_oms(const Bundle& bundle, const Policy& policy);
// The parts of verify_oms that need no trust: what a schema check sees. It proves nothing about the
// signer.
Verdict<SignedModel> read_oms(const Bundle& bundle);

// The manifest lists exactly the signed files. Refusals: `oms-files` (names the first difference),
// `oms-shards` (only the bytes can tell).
Verdict<Done> matches_manifest(const SignedModel& model, std::span<const FileDigest> manifest);

// The directory holds exactly the signed files, `.git*` in its top folder and the file `signature`
// apart; no symbolic links, nothing but folders and regular files. Refusals: `oms-files`,
// `oms-shards`; an Error when it cannot be read.
Result<Verdict<Done>> matches_directory(const SignedModel& model,
                                        const std::filesystem::path& directory,
                                        const std::filesystem::path& signature);

}  // namespace z5::sigstore
