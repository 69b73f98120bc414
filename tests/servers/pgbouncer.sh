#!/usr/bin/env bash
# pgbouncer for the tests, in front of the PostgreSQL of postgres.sh, for any database and any user with a password. Its pools are by
# transaction and know no prepared statements, so what a client leaves in its session may reach another.
#   start FOLDER   starts it and prints MEMORY_TEST_PGBOUNCER, a connection string as MEMORY_TEST_POSTGRES
#   stop FOLDER    stops it and removes FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

start() {
    [ -z "${MEMORY_TEST_PGBOUNCER:-}" ] && [ -n "${MEMORY_TEST_POSTGRES_FOLDER:-}" ] || exit 0 # Only for a server that the tests started.
    command -v pgbouncer > /dev/null || find_packages || unavailable "Tests with pgbouncer need it on this machine."
    use_postgres_user
    local home=${root%/}$folder port server password
    port=$(free_port)
    server=$(tr ';' '\n' <<< "$MEMORY_TEST_POSTGRES" | sed -n 's/^Port=//p')
    password=$(tr ';' '\n' <<< "$MEMORY_TEST_POSTGRES" | sed -n 's/^Password=//p')
    mkdir -p "$folder" "$home"
    printf '%s=%q\n' root "$root" port "$port" > "$folder/settings"

    (umask 077 && echo "\"postgres\" \"$password\"" > "$home/users.txt")
    cat > "$home/pgbouncer.ini" << END
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
pidfile = $folder/pid
logfile = $folder/log
auth_type = scram-sha-256
auth_file = $folder/users.txt
auth_user = postgres
auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = \$1
admin_users = postgres
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
server_login_retry = 1
query_wait_timeout = 15
END
    # Versions before 1.21 don't know the setting, nor what it turns off.
    inside pgbouncer --version | awk 'NR == 1 { split($2, v, "."); exit !(v[1] > 1 || v[2] >= 21) }' && echo "max_prepared_statements = 0" >> "$home/pgbouncer.ini"
    own "$folder" "$folder/users.txt"
    uninterrupted pgbouncer --quiet --daemon "$folder/pgbouncer.ini" > /dev/null 2>&1 || failed "pgbouncer did not start:" "$home/log"
    local tries=100
    until port_open "$port"; do
        [ $((tries -= 1)) -gt 0 ] || failed "pgbouncer does not answer:" "$home/log"
        sleep 0.05
    done
    echo "MEMORY_TEST_PGBOUNCER=Host=127.0.0.1;Port=$port;Username=postgres;Password=$password;Database=postgres"
}

folder=$2
case $1 in
    start) start ;;
    stop)
        # shellcheck disable=SC1091 # written by start
        [ ! -f "$folder/settings" ] || source "$folder/settings"
        # It has nothing to lose, and SIGTERM means different things to its versions.
        if pid=$(cat "${root%/}$folder/pid" 2> /dev/null) && kill -KILL "$pid" 2> /dev/null; then
            while port_open "$port"; do sleep 0.05; done
        fi
        remove_folder "$folder"
        ;;
    *) failed "start or stop, not '$1'." ;;
esac
