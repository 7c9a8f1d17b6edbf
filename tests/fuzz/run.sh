#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FUZZER SEEDS WORK: one bounded, repeatable run. The new inputs it finds stay in WORK/found, an input that
# fails in WORK/failed-*: add that to SEEDS once it is understood.
set -eu
fuzzer="$1" seeds="$2" work="$3"
rm -rf "$work/found"
mkdir -p "$work/found"
exec "$fuzzer" -runs="${Z5_FUZZ_RUNS:-100000}" -seed=1 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$work/failed-" "$work/found" "$seeds"
