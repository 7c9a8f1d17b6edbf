// SPDX-License-Identifier: Apache-2.0
// Files that the command line names. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "schemas/digest.h"

namespace z5::cli {

// Invalid, naming the path: not a regular file, cannot be read, longer than `max` bytes.
Result<Bytes> read_file(const std::string& path, std::size_t max);
// The file's first bytes, at most `most`: of a longer one enough that a parser sees that it is too
// long. Invalid as read_file.
Result<Bytes> read_start(const std::string& path, std::size_t most);
// Replaces the file by rename, so that nobody sees half of it. Invalid, naming the path: the file
// system says no.
Status write_file(const std::string& path, std::string_view content, unsigned mode = 0644);
// As write_file, but never over a file that exists (Invalid).
Status write_new_file(const std::string& path, std::string_view content, unsigned mode);

}  // namespace z5::cli
