// SPDX-License-Identifier: Apache-2.0
// A snapshot: the read models at one position, signed, so that a new replica need not read a long
// log before it is of use (adoption.h). A folder:
//
//   statement.json   a Sigstore bundle: the Statement below, signed by an enrolled `service` key
//   manifest         the files of store/ as `sha256sum -c` reads them
//   store/           a RocksDB checkpoint
//
// It proves that somebody said so, and no more: what is in it is believed for good only after the
// log was replayed beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "projections/store.h"

namespace z5::projections {

inline constexpr std::string_view kSnapshotType = "urn:z5:snapshot:v1";

// What is signed. The subject's digest is `content`.
struct SnapshotStatement {
  identity::LedgerName ledger;
  std::uint64_t size = 0;   // entries that the rows are made of
  Digest last;              // entry hash of sequence size - 1
  Digest root;              // RFC 6962, over all of them
  Digest content;           // content_digest() of the store
  std::string format;       // of the rows: kRowFormat
  Digest files;             // SHA-256 of the text of `manifest`
  std::uint64_t bytes = 0;  // of all files of store/
  Time taken_at;
  bool operator==(const SnapshotStatement&) const = default;
};
std::string write_snapshot_statement(const SnapshotStatement& statement);  // RFC 8785
// Invalid, naming the field: anything but what the line above writes.
Result<SnapshotStatement> parse_snapshot_statement(std::string_view payload);

// SHA-256 over all rows but those of `meta`, in (family, key) order, each as family, key and row,
// every one of them behind its length (u64, little-endian). Two stores with no first_difference
// have the same.
Result<Digest> content_digest(const Store& store);

// Makes `folder`, which must not exist, from a store that nobody writes meanwhile. It is there
// whole or not at all: what a crash leaves is `folder`.partial, which no replica takes. Invalid:
// `signer` is not enrolled for use service, or the store is empty or itself rests on a snapshot
// that was not replayed. Unavailable: the file system says no.
Result<SnapshotStatement> take_snapshot(const Store& store, const keys::PrivateKey& signer,
                                        Time now, const std::string& folder);

// Its parts, for who reads it.
std::string statement_file(const std::string& folder);
std::string manifest_file(const std::string& folder);
std::string store_folder(const std::string& folder);

}  // namespace z5::projections
