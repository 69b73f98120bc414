#!/usr/bin/env bash
# Upstash's own clients for JavaScript, with which the tests ask whether our stand-ins of Upstash's services are like the real ones.
#   start FOLDER   prints MEMORY_TEST_UPSTASH_CLIENTS, a folder with the clients in node_modules; if it is set already, does nothing
#   stop FOLDER    has nothing to stop: the clients stay where a later run finds them
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

start() {
    [ -z "${MEMORY_TEST_UPSTASH_CLIENTS:-}" ] || exit 0
    # The clients need fetch, which Node.js has from 18 on.
    find_node 18 "the tests with Upstash's clients" || unavailable "Tests with Upstash's clients need Node.js 18 or newer on this machine."
    find_modules upstash-clients @upstash/redis@1.39.0 @upstash/vector@1.2.3 || unavailable "Tests with Upstash's clients need npm, @upstash/redis and @upstash/vector."
    echo "MEMORY_TEST_UPSTASH_CLIENTS=$modules"
}

case $1 in
    start) start ;;
    stop) rm -rf "$2" ;;
    *) failed "start or stop, not '$1'." ;;
esac
