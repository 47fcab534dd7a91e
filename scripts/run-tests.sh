#!/usr/bin/env bash
# Runs vitest with the arguments given, then lists what was skipped and what failed and ends with the counts.
set -uo pipefail
cd "$(dirname "$0")/.."
report=.test/report.json
mkdir -p .test
rm -f "$report"
status=0
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || status=$?
node_modules/.bin/tsx scripts/summary.ts "$report" || status=1
exit "$status"
