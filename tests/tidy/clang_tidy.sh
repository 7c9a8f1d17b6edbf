#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang_tidy.sh [JOBS [REGEX]]: clang-tidy (build/venv) over the product's sources whose path matches, with the
# release build's own commands and the checks of .clang-tidy, all of them errors. Writes build/logs/clang-tidy.xml.
set -euo pipefail
cd "$(dirname "$0")/../.."
jobs="${1:-2}" pattern="${2:-$PWD/(schemas|ledger|projections|consumers|replay)/}"
mkdir -p build/logs
status=run failure=""
# -w: the house's warnings are those of g++; here only clang-tidy's own checks speak.
build/venv/bin/python build/venv/bin/run-clang-tidy.py -clang-tidy-binary build/venv/bin/clang-tidy -p build/release \
  -quiet -j "$jobs" -extra-arg=-w "$pattern" || { status=fail failure="<failure/>"; }
cat >build/logs/clang-tidy.xml <<XML
<testsuite><testcase name="clang-tidy" status="$status">$failure<system-out>see build/logs/clang-tidy.log</system-out></testcase></testsuite>
XML
