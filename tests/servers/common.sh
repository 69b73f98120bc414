# shellcheck shell=bash
# What the scripts of the test servers share. A server is one script beside this one, named in the list of test.sh, which calls it:
#   start FOLDER   starts the server, keeps what it needs in FOLDER, and prints NAME=value lines for the tests
#   stop FOLDER    stops it and removes FOLDER; also when start was interrupted
set -euo pipefail
umask 022 # A server that isn't root must reach its folder.
PATH=$PATH:/usr/sbin:/sbin

# Debian's packages of all the servers live in a folder of their own, made once and used by every later run. {version} is PostgreSQL's.
packages="postgresql-{version} postgresql-{version}-pgvector pgbouncer redis-server"
cache=${MEMORY_TEST_SERVERS:-${XDG_CACHE_HOME:-~/.cache}/memory-test-servers}
[ "${cache:0:1}" = / ] || cache=$PWD/$cache

# Where the server runs: the folder that is its /, and its user if this script is run by root. `settings` keeps such values for stop.
root=/
user=nobody

say() { echo "$*" >&2; }

# A server that can't be had: an error where every test must run, otherwise its tests skip themselves.
unavailable() {
    say "$1"
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

# A start that failed: the end of the server's log, if it wrote one.
failed() {
    say "$1"
    [ ! -f "${2:-}" ] || tail -n 50 "$2" >&2
    exit 1
}

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

port_open() { (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# Below the ports that systems give to outgoing connections.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); port_open "$port"; do :; done
    echo "$port"
}

# Runs a command where the server runs, never as root.
inside() {
    if [ "$(id -u)" -eq 0 ]; then chroot --userspec="$user" "$root" "$@"; else "$@"; fi
}

# The same to its end, whatever interrupts this script: what is only half started leaves behind what stop can't find.
uninterrupted() (
    trap '' HUP INT TERM
    set -m # in a process group of its own, which a terminal's Ctrl-C does not reach
    inside "$@" < /dev/null &
    wait "$!"
)

# Gives the server a folder or a file; its path is that inside.
own() {
    [ "$(id -u)" -ne 0 ] || chroot "$root" chown "$user" "$@"
}

use_postgres_user() {
    [ "$(id -u)" -ne 0 ] || ! chroot "$root" id -u postgres > /dev/null 2>&1 || user=postgres
}

# Removes the server's FOLDER, outside and inside.
remove_folder() {
    remove "$1"
    [ "$root" != / ] || return 0
    remove "$root$1"
    rmdir "$(dirname "$root$1")" 2> /dev/null || true
}

# Removes a folder, after whatever is mounted in it.
remove() {
    local mounted
    if [ -r /proc/self/mounts ]; then
        awk -v folder="$1/" 'index($2, folder) == 1 { print $2 }' /proc/self/mounts | sort -r |
            while read -r mounted; do umount --lazy "$mounted"; done
    fi
    rm -rf "$1"
}

# Sets root to the folder of packages and makes it first if need be. Only root can, on Debian and Ubuntu.
find_packages() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null && [ -r /etc/os-release ] || return 1
    local id codename suite version components=main
    read -r id codename < <(. /etc/os-release && echo "$ID ${VERSION_CODENAME:-}")
    case $id in
        debian) suite=trixie version=17 ;; # Any Debian can make it; Debian 12 itself has no pgvector.
        ubuntu)
            suite=$codename components=main,universe
            version=$(apt-cache pkgnames postgresql- | sed -n 's/^postgresql-\([0-9]*\)-pgvector$/\1/p' | sort -n | tail -n 1)
            [ -n "$version" ] || return 1
            ;;
        *) return 1 ;;
    esac
    packages=${packages//"{version}"/$version}
    root=$cache/$suite-$(cksum <<< "$packages" | cut -d ' ' -f 1)
    [ -d "$root" ] || make_packages
}

# One run makes the folder while others wait, and it has its name only when it is complete.
make_packages() (
    mkdir -p "$cache" && exec 9> "$cache/lock" && flock 9 || exit 1
    [ ! -d "$root" ] || exit 0
    say "Installing the test servers into $root, once; it takes a minute …"

    new=$root.new
    trap 'remove "$new"' EXIT
    remove "$new" # Of a run that was killed.

    apt-get update -qq > /dev/null 2>&1 || true
    command -v debootstrap > /dev/null || apt-get install -y -qq debootstrap > /dev/null 2>&1 || { say "debootstrap could not be installed."; exit 1; }
    # shellcheck disable=SC2016 # apt's own variables
    mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
        awk -v codename="$codename" 'tolower($1 " " $2 " " $3) ~ "^" codename " main (debian|ubuntu)$" && !found { print $4; found = 1 }')
    [ -n "$mirror" ] || { say "apt's sources name no mirror of $id $codename."; exit 1; }

    # No cluster of the distribution's own, which would also be started; and no mount that stays behind, where the system allows for that.
    mkdir -p "$new/etc/postgresql-common"
    echo "create_main_cluster = false" > "$new/etc/postgresql-common/createcluster.conf"
    isolated=()
    ! unshare --mount true 2> /dev/null || isolated=(unshare --mount)
    "${isolated[@]}" debootstrap --variant=minbase --components="$components" --include="${packages// /,}" "$suite" "$new" "$mirror" \
        > "$cache/log" 2>&1 9>&- || failed "The test servers could not be installed:" "$cache/log"
    rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
    mv "$new" "$root"
)

# Node.js of a version from $1 on: the machine's own, or installed by root on Debian or Ubuntu for what $2 says.
has_node() { command -v node > /dev/null && [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge "$1" ]; }

find_node() {
    ! has_node "$1" || return 0
    [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null || return 1
    say "Installing Node.js, for $2 …"
    apt-get update -qq > /dev/null 2>&1 || true
    apt-get install -y -qq --no-install-recommends nodejs npm > /dev/null 2>&1 && has_node "$1"
}

# Sets modules to a folder with the npm packages of these names and versions, and makes it first if need be. $1 is what its name begins with.
find_modules() {
    local prefix=$1
    shift
    modules=$cache/$prefix-$(cksum <<< "$*" | cut -d ' ' -f 1)
    [ -d "$modules" ] || { command -v npm > /dev/null && make_modules "$@"; }
}

# One run makes the folder while others wait, and it has its name only when it is complete.
make_modules() (
    mkdir -p "$cache" && exec 9> "$cache/lock" && flock 9 || exit 1
    [ ! -d "$modules" ] || exit 0
    new=$modules.new
    trap 'rm -rf "$new"' EXIT
    rm -rf "$new" && mkdir "$new" && echo '{ "private": true }' > "$new/package.json" || exit 1
    npm install --prefix "$new" --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error "$@" > "$new/log" 2>&1 9>&- < /dev/null ||
        { say "npm could not install $*:"; tail -n 20 "$new/log" >&2; exit 1; }
    mv "$new" "$modules"
)
