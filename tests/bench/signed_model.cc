// SPDX-License-Identifier: Apache-2.0
// A 2 GiB model that the reference tool signed, in the page cache: `z5 evidence check` beside
// `model_signing verify`, whole processes on the same cores, in turns, by the clock and in CPU
// time. Limit: the tool. Without it (build/venv) there is nothing to verify and so no report.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/bench/bench.h"
#include "tests/bench/model.h"
#include "tests/support/world.h"

namespace z5::bench {
namespace {

namespace fs = std::filesystem;

struct Ended {
  bool ok = false;
  double seconds = 0, cpu_seconds = 0;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// One process, its output thrown away.
Ended run(std::vector<std::string> call) {
  std::vector<char*> arguments;
  for (std::string& each : call) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int to : {1, 2})
    posix_spawn_file_actions_addopen(&files, to, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return {};
  int status = 0;
  rusage usage{};
  Z5_ASSERT(::wait4(child, &status, 0, &usage) == child);
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0, seconds_since(start),
          seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)};
}

// What both did, in turns.
struct Sides {
  Waits ours, theirs;  // ms
  Report report(std::string bench, std::string unit) {
    constexpr double kGigabytes = kModelBytes / 1e9;
    return {.bench = std::move(bench),
            .figure = kGigabytes / (ours.quantile(0.5) / 1e3),
            .unit = std::move(unit),
            .limit = kGigabytes / (theirs.quantile(0.5) / 1e3),
            .p50_ms = ours.quantile(0.5),
            .p99_ms = ours.quantile(0.99),
            .note = "model_signing verify of the same 2 GiB, median of 5 in turns"};
  }
};

}  // namespace

std::vector<Report> signed_model(const Options&) {
  const fs::path programs = fs::canonical("/proc/self/exe").parent_path();  // build/release/bin
  const std::string tool = (programs / "../../venv/bin/model_signing").lexically_normal();
  const std::string z5 = programs / "z5";
  if (!fs::exists(tool) || !fs::exists(z5)) {
    fmt::print(stderr, "evidence/oms: skipped: needs {} and {}\n", tool, z5);
    return {};
  }
  const support::TemporaryFolder folder;
  const std::string model = folder.path() + "/model", key = folder.path() + "/key";
  const std::string signature = folder.path() + "/model.sig";
  fs::create_directory(model);
  write_model(model);
  const auto signer = keys::PrivateKey::generate(keys::Algorithm::P256);
  std::ofstream(key + ".key") << signer.pem();
  std::ofstream(key + ".pub") << signer.public_key().pem();
  Z5_ASSERT(
      run({tool, "sign", "key", model, "--private_key", key + ".key", "--signature", signature})
          .ok);
  Sides by_clock, by_cpu;
  const auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < 5; ++round) {
    const Ended theirs =
        run({tool, "verify", "key", model, "--signature", signature, "--public_key", key + ".pub"});
    const Ended ours = run({z5, "evidence", "check", "--kind", "oms", signature, "--model", model,
                            "--key", key + ".pub"});
    Z5_ASSERT(theirs.ok && ours.ok);
    by_clock.theirs.add(theirs.seconds * 1e3);
    by_clock.ours.add(ours.seconds * 1e3);
    by_cpu.theirs.add(theirs.cpu_seconds * 1e3);
    by_cpu.ours.add(ours.cpu_seconds * 1e3);
  }
  std::vector<Report> reports{by_clock.report("evidence/oms", "GB/s"),
                              by_cpu.report("evidence/oms-cpu", "GB/core-s")};
  for (Report& each : reports) each.seconds = seconds_since(start);
  return reports;
}

}  // namespace z5::bench
