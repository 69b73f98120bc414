#!/usr/bin/env bash
# Redis for the tests, which keeps nothing on disk.
#   start FOLDER     starts a new server and prints the variables below
#   restart FOLDER   stops it and starts it again, empty and on the same port; also starts it after a kill
#   kill FOLDER      stops it at once, as a crash does
#   stop FOLDER      stops it and removes FOLDER
#
# MEMORY_TEST_REDIS          its address, as 127.0.0.1:PORT; if it is set already, nothing is started
# MEMORY_TEST_REDIS_SCRIPT   this script, for tests that restart or kill the server: SCRIPT restart FOLDER
# MEMORY_TEST_REDIS_FOLDER   its FOLDER
#
# The server is the machine's own, if that is Redis 7 or newer; otherwise root on Debian or Ubuntu gets one in a folder.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_redis() {
    command -v redis-server > /dev/null && redis-server --version | awk '{ sub("v=", "", $3); exit !($3 + 0 >= 7) }' && return
    find_packages
}

begin() {
    local tries=100
    uninterrupted redis-server "$folder/redis.conf" > /dev/null 2>&1 || failed "Redis did not start:" "$home/log"
    until [ -s "$home/pid" ] && port_open "$port"; do
        [ $((tries -= 1)) -gt 0 ] || failed "Redis does not answer:" "$home/log"
        sleep 0.05
    done
}

# SIGKILL, because it has nothing to lose. An interrupted start may have left a server that is still about to write its pid: $1 is how often to look.
end() {
    local pid tries=$1
    until pid=$(cat "$home/pid" 2> /dev/null) && [ -n "$pid" ]; do
        [ $((tries -= 1)) -gt 0 ] || return 0
        sleep 0.05
    done
    rm "$home/pid"
    ! kill -KILL "$pid" 2> /dev/null || while port_open "$port"; do sleep 0.05; done
}

start() {
    [ -z "${MEMORY_TEST_REDIS:-}" ] || exit 0
    find_redis || unavailable "Tests with Redis need Redis 7 or newer on this machine, or MEMORY_TEST_REDIS, its address as HOST:PORT."
    home=${root%/}$folder
    port=$(free_port)
    mkdir -p "$folder" "$home"
    printf '%s=%q\n' root "$root" port "$port" home "$home" > "$folder/settings"
    cat > "$home/redis.conf" << END
bind 127.0.0.1
port $port
daemonize yes
dir "$folder"
pidfile "$folder/pid"
logfile "$folder/log"
save ""
appendonly no
END
    own "$folder"
    begin
    echo "MEMORY_TEST_REDIS=127.0.0.1:$port"
    echo "MEMORY_TEST_REDIS_SCRIPT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/redis.sh"
    echo "MEMORY_TEST_REDIS_FOLDER=$folder"
}

folder=$2
# shellcheck disable=SC1091 # written by start
[ "$1" = start ] || [ ! -f "$folder/settings" ] || . "$folder/settings"
case $1 in
    start) start ;;
    restart)
        end 1
        begin
        ;;
    kill) end 1 ;;
    stop)
        [ ! -f "$folder/settings" ] || end 20 # Without the settings it was never started.
        remove_folder "$folder"
        ;;
    *) failed "start, restart, kill or stop, not '$1'." ;;
esac
