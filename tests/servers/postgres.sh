#!/usr/bin/env bash
# PostgreSQL for the tests, with pgvector's files; a test creates the extension in the database where it wants it.
#   start FOLDER     starts a new server and prints the variables below
#   restart FOLDER   stops it and starts it again, on the same port; also starts it after a kill
#   kill FOLDER      stops it at once, as a crash does
#   stop FOLDER      stops it and removes FOLDER
#
# MEMORY_TEST_POSTGRES          a superuser's connection string for Npgsql; if it is set already, nothing is started
# MEMORY_TEST_POSTGRES_SCRIPT   this script, for tests that restart or kill the server: SCRIPT restart FOLDER
# MEMORY_TEST_POSTGRES_FOLDER   its FOLDER. The server's user owns it, and it has the server's data and log
# MEMORY_TEST_POSTGRES_ROOT     the folder that is / for the server. What the server calls FOLDER/disk, a small file system for example,
#                               is ROOT/FOLDER/disk for a test; stop unmounts it
#
# The server is the machine's own, if that is PostgreSQL 15 or newer and has pgvector; otherwise root on Debian or Ubuntu gets one in a folder.
# Its time zone isn't UTC and its order of texts isn't that of their bytes, so that tests notice what relies on either.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Sets bin, and where and as whom the server runs.
find_postgres() {
    local config
    for config in "$(command -v pg_config)" /usr/lib/postgresql/*/bin/pg_config; do
        [ -x "$config" ] || continue
        bin=$("$config" --bindir)
        if [ -f "$("$config" --sharedir)/extension/vector.control" ] && [ -x "$bin/initdb" ] && [ "$("$bin/postgres" --version | awk '{ print int($3) }')" -ge 15 ]; then
            use_postgres_user
            return
        fi
    done
    find_packages || return 1
    bin=$(echo "$root"/usr/lib/postgresql/*/bin)
    bin=${bin#"$root"}
    use_postgres_user
}

control() { uninterrupted "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/log" --silent --wait "$@" > /dev/null; }

start() {
    [ -z "${MEMORY_TEST_POSTGRES:-}" ] || exit 0
    find_postgres || unavailable "Tests with PostgreSQL need PostgreSQL 15 or newer and pgvector on this machine, or MEMORY_TEST_POSTGRES, a superuser's connection string."
    local home=${root%/}$folder port password locale=C.UTF-8
    port=$(free_port)
    password=$(random_word)
    [ "$(uname)" != Darwin ] || locale=en_US.UTF-8
    mkdir -p "$folder" "$home"
    printf '%s=%q\n' root "$root" user "$user" bin "$bin" > "$folder/settings"

    (umask 077 && echo "$password" > "$home/password")
    own "$folder" "$folder/password"
    uninterrupted "$bin/initdb" --pgdata "$folder/data" --username postgres --pwfile "$folder/password" --auth scram-sha-256 --no-sync \
        --encoding UTF8 --locale "$locale" --locale-provider icu --icu-locale en-US > "$home/initdb.log" 2>&1 || failed "PostgreSQL's initdb failed:" "$home/initdb.log"
    rm "$home/password"
    cat >> "$home/data/postgresql.conf" << END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = 256MB
timezone = 'America/New_York'
END
    control start || failed "PostgreSQL did not start:" "$home/log"

    echo "MEMORY_TEST_POSTGRES=Host=127.0.0.1;Port=$port;Username=postgres;Password=$password;Database=postgres"
    echo "MEMORY_TEST_POSTGRES_SCRIPT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/postgres.sh"
    echo "MEMORY_TEST_POSTGRES_FOLDER=$folder"
    echo "MEMORY_TEST_POSTGRES_ROOT=$root"
}

folder=$2
# shellcheck disable=SC1091 # written by start
[ "$1" = start ] || [ ! -f "$folder/settings" ] || . "$folder/settings"
case $1 in
    start) start ;;
    restart) control restart --mode fast ;;
    kill) control stop --mode immediate ;;
    stop)
        # Without the settings it was never started; without the file it doesn't run.
        [ ! -f "$folder/settings" ] || [ ! -f "${root%/}$folder/data/postmaster.pid" ] || control stop --mode immediate || true
        remove_folder "$folder"
        ;;
    *) failed "start, restart, kill or stop, not '$1'." ;;
esac
