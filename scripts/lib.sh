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

# Runs a command with HAZINA_URL and HAZINA_OPERATOR_KEY of a server that is made for it on a new database
# of the cluster in HAZINA_TEST_DATABASE_URL, and fails if that server ends or logs a fault meanwhile.
with_server() {
    local port log hazina server database code=0
    hazina="$(swift build --show-bin-path)/hazina"
    [ -x "$hazina" ] || die "there is no $hazina: swift build --product hazina makes it"
    port=$(free_port)
    log=$(mktemp)
    database=hazina_run_$port
    psql -qX "$HAZINA_TEST_DATABASE_URL" -c "create database $database" >&2
    export HAZINA_URL=http://127.0.0.1:$port HAZINA_OPERATOR_KEY=operator-key-of-a-run-0123456789abcdef
    DATABASE_URL="$(server_url "$database")" HAZINA_MIGRATE_URL="${HAZINA_TEST_DATABASE_URL%/*}/$database" \
        HAZINA_AUTO_MIGRATE=true HAZINA_HTTP_PORT=$port HAZINA_BAD_KEYS_PER_MINUTE=0 HAZINA_IDLE_SECONDS=2 \
        "$hazina" serve 2>"$log" &
    server=$!
    for _ in $(seq 200); do
        kill -0 "$server" 2>/dev/null || { cat "$log" >&2; die "the server did not start"; }
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        sleep 0.1
    done
    "$@" || code=$?
    kill "$server" 2>/dev/null || { say "the server has ended:"; tail -5 "$log" >&2; code=1; }
    wait "$server" || { say "the server ended with an error:"; tail -5 "$log" >&2; code=1; }
    if grep -E '"level":"(error|critical)"' "$log" >&2; then code=1; fi
    psql -qX "$HAZINA_TEST_DATABASE_URL" -c "drop database $database with (force)" >&2
    rm -f "$log"
    return "$code"
}

# The URL of a database for a role of the server's own, which migrating makes.
server_url() {
    local rest=${HAZINA_TEST_DATABASE_URL#*://}
    rest=${rest#*@}
    echo "postgres://hazina_run:hazina_run@${rest%%/*}/$1"
}
