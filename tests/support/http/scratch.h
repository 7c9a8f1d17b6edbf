// SPDX-License-Identifier: Apache-2.0
// A directory for one test, removed at its end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace z5::http {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "z5-http-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text, int mode = 0600) const {
    std::ofstream(path_ / name) << text;
    std::filesystem::permissions(path_ / name, static_cast<std::filesystem::perms>(mode));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace z5::http
