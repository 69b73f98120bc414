#!/usr/bin/env bash
# Upstash's own clients for JavaScript, with which the tests ask whether our stand-ins of Upstash's services are like the real ones.
#   start FOLDER   prints MEMORY_TEST_UPSTASH_CLIENTS, a folder with the clients in node_modules; if it is set already, does nothing
#   stop FOLDER    has nothing to stop: the clients stay where a later run finds them
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

start() {
    [ -z "${MEMORY_TEST_UPSTASH_CLIENTS:-}" ] || exit 0
    find_npm_packages upstash-clients "Upstash's clients" @upstash/redis@1.39.0 @upstash/vector@1.2.3
    echo "MEMORY_TEST_UPSTASH_CLIENTS=$home"
}

case $1 in
    start) start ;;
    stop) rm -rf "$2" ;;
    *) failed "start or stop, not '$1'." ;;
esac
