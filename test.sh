#!/usr/bin/env bash
# Sets up what the tests need, runs every test and ends with a counted line. Stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v dotnet > /dev/null || { echo "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download" >&2; exit 1; }

# The README's session reads an answer with jq.
if ! command -v jq > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq && apt-get install -y -qq jq > /dev/null
fi

results=artifacts/test-results
rm -rf "$results"

status=0
dotnet test --solution Memory.Portable.slnf --configuration Release --no-progress --report-xunit-trx --results-directory "$PWD/$results" || status=$?

# Each test project wrote one result file; its <Counters> element has the numbers.
count() { { cat "$results"/*.trx 2> /dev/null || true; } | { grep -o '<Counters [^>]*' || true; } | { grep -o " $1=\"[0-9]*\"" || true; } | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total)
passed=$(count passed)
failed=$(count failed)
[ "$total" -gt 0 ] || { echo "No test ran." >&2; status=1; }
[ "$failed" -eq 0 ] || status=1
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"
exit "$status"
