#!/usr/bin/env bash
# Upstash's own clients for JavaScript, with which the tests ask whether our stand-ins of Upstash's services are like the real ones.
#   start FOLDER   prints MEMORY_TEST_UPSTASH_CLIENTS, a folder with the clients in node_modules; if it is set already, does nothing
#   stop FOLDER    has nothing to stop: the clients stay where a later run finds them
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

clients="@upstash/redis@1.39.0 @upstash/vector@1.2.3"

# The clients need fetch, which Node.js has from 18 on.
has_node() { command -v node > /dev/null && [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 18 ]; }

install_node() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null || return 1
    say "Installing Node.js, for the tests with Upstash's clients …"
    apt-get update -qq > /dev/null 2>&1 || true
    apt-get install -y -qq --no-install-recommends nodejs npm > /dev/null 2>&1 && has_node
}

# One run makes the folder while others wait, and it has its name only when it is complete.
make_clients() (
    mkdir -p "$cache" && exec 9> "$cache/lock" && flock 9 || exit 1
    [ ! -d "$home" ] || exit 0
    new=$home.new
    trap 'rm -rf "$new"' EXIT
    rm -rf "$new" && mkdir "$new" && echo '{ "private": true }' > "$new/package.json" || exit 1
    read -r -a names <<< "$clients"
    npm install --prefix "$new" --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error "${names[@]}" > "$new/log" 2>&1 9>&- < /dev/null ||
        { say "npm could not install $clients:"; tail -n 20 "$new/log" >&2; exit 1; }
    mv "$new" "$home"
)

start() {
    [ -z "${MEMORY_TEST_UPSTASH_CLIENTS:-}" ] || exit 0
    home=$cache/upstash-clients-$(cksum <<< "$clients" | cut -d ' ' -f 1)
    has_node || install_node || unavailable "Tests with Upstash's clients need Node.js 18 or newer on this machine."
    [ -d "$home" ] || { command -v npm > /dev/null && make_clients; } || unavailable "Tests with Upstash's clients need npm and $clients."
    echo "MEMORY_TEST_UPSTASH_CLIENTS=$home"
}

case $1 in
    start) start ;;
    stop) rm -rf "$2" ;;
    *) failed "start or stop, not '$1'." ;;
esac
