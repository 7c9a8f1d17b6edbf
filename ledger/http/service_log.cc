// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/service_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <mutex>

#include "schemas/json.h"
#include "schemas/limits.h"
#include "schemas/time.h"

namespace z5::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMessages =
    256;  // kinds of warning that are told apart; more share one limit

struct Window {
  SteadyClock::time_point start{};
  unsigned passed = 0;
  std::int64_t suppressed = 0;
};

Json to_json(const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    return std::string(text->substr(0, limits::kLogLine / 4));
  }
  if (const auto* flag = std::get_if<bool>(&field.value)) return *flag;
  return std::get<std::int64_t>(field.value);
}

}  // namespace

struct ServiceLog::State {
  std::string service;
  std::shared_ptr<spdlog::logger> logger;
  std::mutex mutex;  // guards windows
  std::map<std::string, Window, std::less<>> windows;

  void write(spdlog::level::level_enum level, std::string_view name, std::string_view message,
             Fields fields, std::int64_t suppressed = 0);
  // Whether this warning passes; if so, how many before it did not.
  bool admit(std::string_view message, std::int64_t& suppressed);
};

void ServiceLog::State::write(spdlog::level::level_enum level, std::string_view name,
                              std::string_view message, Fields fields, std::int64_t suppressed) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  nlohmann::ordered_json line;
  line["time"] = to_rfc3339(Time{now.count() * 1'000'000});
  line["level"] = name;
  line["service"] = service;
  line["message"] = message.substr(0, limits::kLogLine / 4);
  std::size_t size = 0;
  for (const LogField& field : fields) {
    const Json value = to_json(field);
    size +=
        field.name.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 20);
    if (size > limits::kLogLine / 2) break;
    line[std::string(field.name)] = value;
  }
  if (suppressed > 0) line["suppressed"] = suppressed;
  // Bytes that are not UTF-8 are replaced; control characters are escaped, so one call is one line.
  logger->log(level, line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

bool ServiceLog::State::admit(std::string_view message, std::int64_t& suppressed) {
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex);
  auto found = windows.find(message);
  if (found == windows.end()) {
    found = windows.try_emplace(windows.size() < kMessages ? std::string(message) : std::string())
                .first;
  }
  Window& window = found->second;
  if (now - window.start >= std::chrono::minutes(1)) {
    window.start = now;
    window.passed = 0;
  }
  if (window.passed == limits::kLogWarningsPerMinute) {
    ++window.suppressed;
    return false;
  }
  ++window.passed;
  suppressed = std::exchange(window.suppressed, 0);
  return true;
}

ServiceLog::ServiceLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServiceLog::~ServiceLog() = default;

Result<std::unique_ptr<ServiceLog>> ServiceLog::open(std::string service,
                                                     const std::filesystem::path& file) {
  auto state = std::make_unique<State>();
  try {
    spdlog::sink_ptr sink;
    if (file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      spdlog::file_event_handlers events;
      events.after_open = [](const spdlog::filename_t&, std::FILE* opened) {
        ::fchmod(::fileno(opened), 0600);
      };
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          file.string(), limits::kLogFileBytes, limits::kLogFiles, false, events);
    }
    state->logger = std::make_shared<spdlog::logger>(service, std::move(sink));
  } catch (const spdlog::spdlog_ex& problem) {
    return unavailable("log " + file.string() + ": " + problem.what());
  }
  state->service = std::move(service);
  state->logger->set_pattern("%v");
  state->logger->flush_on(spdlog::level::info);
  state->logger->set_error_handler(
      [](const std::string&) {});  // a full disk must not fail a request
  return std::unique_ptr<ServiceLog>(new ServiceLog(std::move(state)));
}

void ServiceLog::info(std::string_view message, Fields fields) {
  state_->write(spdlog::level::info, "info", message, fields);
}

void ServiceLog::error(std::string_view message, Fields fields) {
  state_->write(spdlog::level::err, "error", message, fields);
}

void ServiceLog::warning(std::string_view message, Fields fields) {
  std::int64_t suppressed = 0;
  if (!state_->admit(message, suppressed)) return;
  state_->write(spdlog::level::warn, "warning", message, fields, suppressed);
}

}  // namespace z5::http
