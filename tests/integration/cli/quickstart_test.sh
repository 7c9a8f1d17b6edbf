#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the quickstart tells its whole story, and what README.md promises a newcomer is true.
# Method: runs it on programs that are built, then the commands between the markers in README.md, as they stand there.
# Usage: quickstart_test.sh BIN
set -euo pipefail
cd "$(dirname "$0")/../../.."
bin="$1"
if [[ "$(realpath "$bin")" != "$PWD/build/release/bin" ]]; then
  echo "skipped: the quickstart runs the release build; this is $bin"
  exit 77
fi
if [[ ! -x build/venv/bin/python ]]; then
  echo "skipped: build/venv is missing (ops/setup --python)"
  exit 77
fi

ops/quickstart --no-build --keep
trap 'build/release/bin/z5 --home build/quickstart/home down' EXIT
sed -n '/^<!-- newcomer -->$/,/^<!-- \/newcomer -->$/p' README.md | sed -n '/^```sh$/,/^```$/p' |
  sed '/^```/d' >build/quickstart/newcomer.sh
[[ -s build/quickstart/newcomer.sh ]] || { echo "README.md has no newcomer's commands"; exit 1; }
bash -euo pipefail build/quickstart/newcomer.sh | tee build/quickstart/newcomer.out
# What the section says that one sees: the rule before it was there, and after.
grep --quiet '^would be accepted' build/quickstart/newcomer.out
grep --quiet '^license: the model card names no licence$' build/quickstart/newcomer.out
grep --quiet '^refused, exit 1$' build/quickstart/newcomer.out
