// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/bench/bench.h"

namespace z5::bench {

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

double rate_on_all_cores(double seconds, const std::function<std::function<void()>()>& make_work) {
  std::atomic<std::uint64_t> done{0};
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < cores(); ++i) {
    threads.emplace_back([&, work = make_work()] {
      std::uint64_t count = 0;
      while (seconds_since(start) < seconds) {
        for (int k = 0; k < 16; ++k) work();
        count += 16;
      }
      done += count;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(done) / seconds_since(start);
}

double Waits::quantile(double q) {
  if (ms_.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(ms_.size() - 1));
  std::nth_element(ms_.begin(), ms_.begin() + at, ms_.end());
  return ms_[static_cast<std::size_t>(at)];
}

const std::vector<Bench>& benches() {
  static const std::vector<Bench> all = {
      {"append-raw", "the log layer: chain, tree, seal, one sync a group, checkpoint; 1 KiB bodies",
       append_raw},
      {"append", "the whole write path: signed annotate commands, in process", append},
      {"kafka-read", "a reader of Kafka that catches up, chain verified", kafka_read},
      {"kafka-takeover", "another writer on Kafka: opened until its first group is durable",
       kafka_takeover},
      {"hash", "the manifest of a 2 GiB folder, warm", hash},
      {"replay-chain", "z5-replay verify --chain", replay_chain},
      {"replay-full", "z5-replay verify --full: every author, every seal", replay_full},
      {"project", "entries folded into RocksDB", project},
      {"permit", "permits decided and signed, in process", permit},
      {"permit-http", "permits over HTTP, 16 connections", permit_http},
      {"revocation", "acknowledged revocation until the permit is refused", revocation},
      {"evidence", "bundles, envelopes, a 10 MB SBOM (CPU time), a signed 2 GiB model", evidence},
  };
  return all;
}

namespace {

nlohmann::json to_json(const Report& report) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {{"bench", report.bench},
          {"figure", report.figure},
          {"unit", report.unit},
          {"limit", report.limit},
          {"ratio", report.limit > 0 ? report.figure / report.limit : 0.0},
          {"p50_ms", report.p50_ms},
          {"p99_ms", report.p99_ms},
          {"rss_mib",
           report.rss_mib > 0 ? report.rss_mib : static_cast<double>(usage.ru_maxrss) / 1024.0},
          {"cores", cores()},
          {"seconds", report.seconds},
          {"limit_is", report.note}};
}

void print(const Report& report, bool json) {
  const nlohmann::json value = to_json(report);
  if (json) {
    std::printf("%s\n", value.dump().c_str());
    return;
  }
  std::printf(
      "%-22s %12.2f %-14s limit %12.2f  ratio %.2f  p50 %.3f ms  p99 %.3f ms  rss %.0f MiB  "
      "(limit: %s)\n",
      report.bench.c_str(), report.figure, report.unit.c_str(), report.limit,
      value["ratio"].get<double>(), report.p50_ms, report.p99_ms, value["rss_mib"].get<double>(),
      report.note.c_str());
}

}  // namespace
}  // namespace z5::bench

int main(int argc, char** argv) {
  using namespace z5::bench;
  CLI::App app(
      "z5-bench NAME: one bench, or all; each prints its figure beside the limit of the same run");
  std::string name;
  bool json = false;
  Options options;
  app.add_option("name", name, "the bench; without one they are listed");
  app.add_flag("--json", json, "one JSON document a line");
  app.add_option("--seconds", options.seconds, "of each measurement, about");
  app.add_option("--clients", options.clients, "outstanding at once");
  app.add_option("--algorithm", options.algorithm, "of signatures: ed25519 | p256");
  app.add_option("--log", options.log, "of append, append-raw and revocation: file | kafka")
      ->check(CLI::IsMember({"file", "kafka"}));
  CLI11_PARSE(app, argc, argv);
  bool found = false;
  for (const Bench& bench : benches()) {
    if (name.empty()) std::printf("%-14s %s\n", bench.name, bench.what);
    if (name != bench.name && name != "all") continue;
    found = true;
    for (const Report& report : bench.run(options)) print(report, json);
  }
  if (!found && !name.empty()) std::fprintf(stderr, "z5-bench: no bench '%s'\n", name.c_str());
  return found || name.empty() ? 0 : 2;
}
