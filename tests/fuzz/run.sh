#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FUZZER SEEDS WORK: one bounded, repeatable run; with Z5_FUZZ_SECONDS one of that long, from a seed of the day.
# The new inputs it finds stay in WORK/found, an input that fails in WORK/failed-*: add that to SEEDS once it is
# understood.
set -eu
fuzzer="$1" seeds="$2" work="$3"
rm -rf "$work/found"
mkdir -p "$work/found"
if [ -n "${Z5_FUZZ_SECONDS:-}" ]; then
  set -- -max_total_time="$Z5_FUZZ_SECONDS"
else
  set -- -runs="${Z5_FUZZ_RUNS:-100000}" -seed=1
fi
exec "$fuzzer" "$@" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$work/failed-" "$work/found" "$seeds"
