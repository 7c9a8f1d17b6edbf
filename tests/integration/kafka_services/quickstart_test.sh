#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the quickstart tells the same story with the ledger on Kafka, and finds what was done to the topic.
# Method: runs it, with a broker of its own, on programs that are built.
# Usage: quickstart_test.sh BIN
set -euo pipefail
cd "$(dirname "$0")/../../.."
if [[ "$(realpath "$1")" != "$PWD/build/release/bin" ]]; then
  echo "skipped: the quickstart runs the release build; this is $1"
  exit 77
fi
if [[ ! -x build/venv/bin/python || ! -d build/kafka/libs ]]; then
  echo "skipped: build/venv or build/kafka/libs is missing (ops/setup --python --kafka)"
  exit 77
fi
ops/quickstart --kafka --no-build
