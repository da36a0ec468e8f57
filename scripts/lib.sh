# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# The folder of PostgreSQL's server programs: that of the ones in PATH, the one that pg_config names,
# or the newest of Debian's versioned folders. Prints nothing when there is none.
postgres_bin() {
    local initdb folder
    initdb=$(readlink -f "$(command -v initdb || echo /nowhere/initdb)")
    for folder in "${initdb%/*}" "$(pg_config --bindir 2>/dev/null || true)" \
        $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -rn); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_isready" ]; then
            echo "$folder"
            return
        fi
    done
}

# The major version of the PostgreSQL programs in folder $1.
postgres_major() { "$1/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'; }

# A TCP port of 127.0.0.1 on which nobody listens just now.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 12000 + 20000))
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
