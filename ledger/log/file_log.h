// SPDX-License-Identifier: Apache-2.0
// The log in one local file: `entries` holds the records one after another and nothing else, so a
// copy of it is the auditor's export. `durable` beside it holds the mark: how far `entries` is
// known to be on disk. Readers stop there; below it, what is not whole is damage; above it, it is
// the torn tail of a crash. Without `durable` (an export, a copy) every byte counts.
//
// durable, 32 bytes, little-endian: "Z5DURABL" · end u64 (bytes) · size u64 (records) · CRC-32C u32
// of the 24 bytes before · zero u32. Overwritten in place after each fdatasync of `entries`, itself
// not synced: after a power loss it may be behind, never ahead.
#pragma once

#include <memory>
#include <string>

#include "ledger/log/disk.h"
#include "ledger/log/log.h"

namespace z5::log {

inline constexpr std::string_view kEntriesFile = "entries";
inline constexpr std::string_view kDurableFile = "durable";

// Opens `folder` (made if missing) for appending and takes the lock on `entries`; the lock goes
// with the object or the process. `disk` must outlive the writer. Conflict: another writer holds
// it. Corrupt: the mark is unreadable or beyond the file's end. Unavailable: the file system says
// no.
//
// append(): one write and one fdatasync. Space is reserved first: a full disk is a failure that
// changed nothing, and appending resumes when there is room again. After a failed fdatasync the
// outcome is unknown, for this group and for every later one: the kernel may have thrown the pages
// away, so asking again proves nothing.
Result<std::unique_ptr<Writer>> open_file_writer(const std::string& folder,
                                                 Disk& disk = real_disk());

// Opens `entries` (the file, or the folder that holds it) for reading from `from` on, which an
// earlier position() said. Never waits at the end of a file without a mark. Unavailable: there is
// no such file.
Result<std::unique_ptr<Reader>> open_file_reader(const std::string& entries, Position from = {});

}  // namespace z5::log
