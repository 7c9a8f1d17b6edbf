// SPDX-License-Identifier: Apache-2.0
// The log of a service: one JSON object a line, {"time", "level", "service", "message", fields…}. A
// caller cannot fill the disk with it: files are rotated within a bound, lines are cut, warnings of
// one message are rate limited.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/result.h"

namespace z5::http {

struct LogField {
  std::string_view name;
  std::variant<std::int64_t, bool, std::string_view> value;

  LogField(std::string_view n, std::string_view text) : name(n), value(text) {}
  LogField(std::string_view n, const char* text) : name(n), value(std::string_view(text)) {}
  LogField(std::string_view n, const std::string& text) : name(n), value(std::string_view(text)) {}
  template <std::integral Number>
  LogField(std::string_view n, Number number) : name(n) {
    if constexpr (std::is_same_v<Number, bool>) {
      value = number;
    } else {
      value = static_cast<std::int64_t>(number);
    }
  }
};

// Any thread. The message is a literal that names what happened; what varies goes into fields
// ("sequence", "ref"). Secrets have no field: tokens, keys and request bodies are never passed
// here. Writing never fails the caller.
class ServiceLog {
 public:
  using Fields = std::initializer_list<LogField>;

  // Into that file (0600, rotated), or to stderr when it is empty. Unavailable when the file cannot
  // be opened.
  static Result<std::unique_ptr<ServiceLog>> open(std::string service,
                                                  const std::filesystem::path& file);
  ~ServiceLog();

  void info(std::string_view message, Fields fields = {});
  void error(std::string_view message, Fields fields = {});
  // What a caller can cause: at most limits::kLogWarningsPerMinute of one message; the next line
  // that passes says how many were suppressed.
  void warning(std::string_view message, Fields fields = {});

 private:
  struct State;
  explicit ServiceLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace z5::http
