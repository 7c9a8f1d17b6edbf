// SPDX-License-Identifier: Apache-2.0
// z5-bench measures Z5 against a limit that is measured in the same run: what the bare operations
// cost on this machine now. The ratio is the figure to trust; the absolute numbers are for
// orientation.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace z5::bench {

struct Options {
  double seconds = 5;         // of each measurement, about
  std::size_t clients = 512;  // outstanding at once, where a bench has clients
  std::string algorithm = "ed25519";
  std::string log = "file";  // or "kafka", for those that append
};

struct Report {
  std::string bench;
  double figure = 0;              // how many `unit` Z5 did
  std::string unit;               // "entries/s", ...
  double limit = 0;               // the same unit, by the bare operations
  double p50_ms = 0, p99_ms = 0;  // of one client's wait; 0 where a bench has none
  double seconds = 0;
  std::string note;    // what the limit is made of
  double rss_mib = 0;  // peak while measured; 0: that of the whole process
};

struct Bench {
  const char* name;
  const char* what;
  std::function<std::vector<Report>(const Options&)> run;
};
const std::vector<Bench>& benches();

unsigned cores();
inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Runs `work` (which does one operation) on every core for about `seconds`; operations a second,
// all cores together.
double rate_on_all_cores(double seconds, const std::function<std::function<void()>()>& make_work);

// Latencies of many waits.
class Waits {
 public:
  void add(double ms) { ms_.push_back(ms); }
  double quantile(double q);

 private:
  std::vector<double> ms_;
};

// One per file.
std::vector<Report> append_raw(const Options& options);
std::vector<Report> append(const Options& options);
std::vector<Report> kafka_read(const Options& options);
std::vector<Report> kafka_takeover(const Options& options);
std::vector<Report> hash(const Options& options);
std::vector<Report> replay_chain(const Options& options);
std::vector<Report> replay_full(const Options& options);
std::vector<Report> project(const Options& options);
std::vector<Report> permit(const Options& options);
std::vector<Report> permit_http(const Options& options);
std::vector<Report> revocation(const Options& options);
std::vector<Report> evidence(const Options& options);
std::vector<Report> signed_model(const Options& options);  // part of evidence

}  // namespace z5::bench
