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

# A Python with graphql-core, from a virtual environment below .build/bench that is made once. Says what is
# missing, and fails, where there is none.
core_python() {
    local version=3.2.8 venv
    venv=.build/bench/graphql-core-$version
    command -v python3 >/dev/null || { say "left out: graphql-core (python3 is not installed)"; return 1; }
    if ! "$venv/bin/python" -c 'import graphql' 2>/dev/null; then
        rm -rf "$venv"
        if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q "graphql-core==$version"; } >&2; then
            rm -rf "$venv"
            say "left out: graphql-core (no virtual environment with it: are python3-venv and the Python" \
                "package index there?)"
            return 1
        fi
    fi
    echo "$venv/bin/python"
}
