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

# A job of its own: an interruption reaches this script, which stops everything in order.
run() {
    set -m
    "$@" < /dev/null &
    job=$!
    set +m
    local result=0
    wait "$job" || result=$?
    job=''
    return "$result"
}

# shellcheck disable=SC2317 # the trap runs it
stop() {
    trap '' HUP INT TERM
    if [ -n "$job" ] && kill -TERM -- "-$job" 2> /dev/null; then
        for _ in {1..100}; do kill -0 -- "-$job" 2> /dev/null && sleep 0.1; done
        kill -KILL -- "-$job" 2> /dev/null || true
    fi
    for server in $started; do "tests/servers/$server.sh" stop "$servers/$server" || true; done
    rm -rf "$servers"
}

# The servers of tests/servers, in this order. What they print is for the tests, which skip themselves where a server can't be had.
servers=$(mktemp -d "${TMPDIR:-/tmp}/memory-tests.XXXXXX")
chmod 711 "$servers"
variables=$(mktemp "$servers/variables.XXXXXX")
job='' started=''
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
for server in postgres pgbouncer redis upstash-clients sqld azurite; do
    started="$server $started"
    run "tests/servers/$server.sh" start "$servers/$server" > "$variables"
    while read -r variable; do export "${variable?}"; done < "$variables"
done

# All of it where the package source has the Functions worker, and all but the Functions app where it does not. Its SDK restores a second project while it builds; what a build says that is
# not about packages is for the tests to fail on.
solution=Memory.Functions.sln
log=$servers/functions.log
if ! run dotnet restore src/Memory.Functions > "$log" 2>&1 ||
    { ! run dotnet build src/Memory.Functions --no-restore --configuration Release --nologo > "$log" 2>&1 && grep -q 'error NU1' "$log"; }; then
    solution=Memory.Portable.slnf
    # The first line that names a package says what is missing.
    missing=$(grep -o -m 1 'NU1[0-9]*: .*' "$log" | cut -c 1-200) || true
    echo "The Functions app and its tests are left out, because its packages could not be restored: ${missing:-$(tail -n 1 "$log")}"
fi

status=0
run dotnet test --solution "$solution" --configuration Release --no-progress --property WithResults=true --results-directory "$PWD/$results" || status=$?

# Each test project wrote one result file; its <Counters> element has the numbers.
count() { { cat "$results"/*.trx 2> /dev/null || true; } | { grep -o '<Counters [^>]*' || true; } | { grep -o " $1=\"[0-9]*\"" || true; } | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total)
passed=$(count passed)
failed=$(count failed)
[ "$total" -gt 0 ] || { echo "No test ran." >&2; status=1; }
[ "$failed" -eq 0 ] || status=1
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"
exit "$status"
