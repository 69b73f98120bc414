#!/usr/bin/env bash
# Azurite for the tests: Azure's queues, which keep nothing over a restart.
#   start FOLDER     starts a new server and prints the variables below
#   restart FOLDER   stops it and starts it again, without a queue and on the same port; also starts it after a kill
#   kill FOLDER      stops it at once, as a crash does
#   stop FOLDER      stops it and removes FOLDER
#
# MEMORY_TEST_AZURITE          the connection string of its account; if it is set already, nothing is started
# MEMORY_TEST_AZURITE_SCRIPT   this script, for tests that restart or kill the server: SCRIPT restart FOLDER
# MEMORY_TEST_AZURITE_FOLDER   its FOLDER
#
# It comes from npm, once, into the folder of test servers.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Not in memory alone: there every message is an extent, and each minute's removal of those deleted takes time by the square of their number.
begin() {
    rm -rf "$folder/data"
    mkdir "$folder/data"
    set -m # In a process group of its own: an interruption of this script leaves it to stop.
    node "$modules/node_modules/azurite/dist/src/queue/main.js" --queueHost 127.0.0.1 --queuePort "$port" \
        --location "$folder/data" --skipApiVersionCheck --disableTelemetry --silent < /dev/null > "$folder/log" 2>&1 &
    set +m
    echo "$!" > "$folder/pid"
    local tries=300
    until port_open "$port"; do
        [ $((tries -= 1)) -gt 0 ] || failed "Azurite does not answer:" "$folder/log"
        sleep 0.05
    done
}

# SIGKILL, because it has nothing to lose.
end() {
    local pid
    pid=$(cat "$folder/pid" 2> /dev/null) || return 0
    rm "$folder/pid"
    ! kill -KILL "$pid" 2> /dev/null || while port_open "$port"; do sleep 0.05; done
}

start() {
    [ -z "${MEMORY_TEST_AZURITE:-}" ] || exit 0
    find_node 18 "the tests with queues" || unavailable "Tests with queues need Node.js 18 or newer on this machine, or MEMORY_TEST_AZURITE, a storage account's connection string."
    find_modules azurite azurite@3.37.0 || unavailable "Tests with queues need npm and azurite, or MEMORY_TEST_AZURITE, a storage account's connection string."
    port=$(free_port)
    mkdir -p "$folder"
    printf '%s=%q\n' modules "$modules" port "$port" > "$folder/settings"
    begin
    # The account and the key are those that every Azurite has.
    echo "MEMORY_TEST_AZURITE=DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;QueueEndpoint=http://127.0.0.1:$port/devstoreaccount1"
    echo "MEMORY_TEST_AZURITE_SCRIPT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/azurite.sh"
    echo "MEMORY_TEST_AZURITE_FOLDER=$folder"
}

folder=$2
# shellcheck disable=SC1091 # written by start
[ "$1" = start ] || [ ! -f "$folder/settings" ] || . "$folder/settings"
case $1 in
    start) start ;;
    restart)
        end
        begin
        ;;
    kill) end ;;
    stop)
        [ ! -f "$folder/settings" ] || end # Without the settings it was never started.
        rm -rf "$folder"
        ;;
    *) failed "start, restart, kill or stop, not '$1'." ;;
esac
