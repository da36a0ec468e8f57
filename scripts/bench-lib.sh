# Shared by the benchmarks that put load on a server; sourced after lib.sh, never run.
# shellcheck shell=bash

# The cluster's superuser, the owner's URL of the database that is measured, a folder for what is kept
# meanwhile, the server's URL, and what was started; set by bench_begin and serve.
cluster="" database="" folder="" url="" server="" processes=()

# bench_begin DATABASE PROGRAM...: sees to what is needed for measuring on a new DATABASE of the cluster that
# HAZINA_TEST_DATABASE_URL names. In the end what was started is stopped, and the folder removed.
bench_begin() {
    local name=$1 program
    shift
    for program in psql curl jq "$@"; do
        command -v "$program" >/dev/null || die "$program is not installed"
    done
    [ -n "${HAZINA_TEST_DATABASE_URL:-}" ] || die "HAZINA_TEST_DATABASE_URL is not set"
    cluster=$HAZINA_TEST_DATABASE_URL
    unset HAZINA_TEST_DATABASE_URL
    database=${cluster%/*}/$name
    folder=$(mktemp -d)
    trap bench_end EXIT
}

bench_end() {
    local process
    for process in "${processes[@]}"; do
        { kill "$process" && wait "$process"; } 2>/dev/null || true
    done
    rm -rf "$folder"
}

# serve HAZINA: makes the database, and the server with an operator's key; sets `url` and `server`, its process.
serve() {
    local name=${database##*/}
    psql -qX "$cluster" -c 'set client_min_messages = warning' \
        -c "drop database if exists $name" -c "create database $name"
    export HAZINA_MIGRATE_URL=$database HAZINA_OPERATOR_KEY=benchmark-benchmark-benchmark-benchmark
    export DATABASE_URL=${database/postgres@/hazina_server:bench@}
    HAZINA_HTTP_PORT=$(free_port)
    export HAZINA_HTTP_PORT
    url=http://127.0.0.1:$HAZINA_HTTP_PORT
    "$1" migrate >"$folder/log"
    "$1" serve 2>>"$folder/log" &
    server=$!
    processes+=("$server")
    for _ in $(seq 200); do
        curl -sf "$url/readyz" >/dev/null && return
        sleep 0.05
    done
    cat "$folder/log" >&2
    die "the server is not ready"
}

sql() { psql -qXAt -v ON_ERROR_STOP=1 "$database" "$@"; }

# gql KEY OPERATION FILTER: what the jq FILTER finds in the answer.
gql() {
    jq -n --arg query "$2" '{query: $query}' \
        | curl -sS "$url/graphql" -H "x-api-key: $1" -H 'content-type: application/json' -d @- \
        | jq -er ".data.answer | $3"
}

# wrk_run CONNECTIONS SECONDS ARGUMENT...: requests a second and the slowest hundredth in milliseconds.
wrk_run() {
    local number=$1 time=$2
    shift 2
    wrk -t $((number > 1 ? 2 : 1)) -c "$number" -d "${time}s" --latency "$@" >"$folder/wrk"
    if grep -E 'Non-2xx|Socket errors' "$folder/wrk" >&2; then die "wrk met errors"; fi
    awk '$1 == "99%" { time = $2; ms = time ~ /us$/ ? time / 1000 : time ~ /ms$/ ? time + 0 : time * 1000 }
        $1 == "Requests/sec:" { print $2, ms; answered = $2 > 0 }
        END { exit !answered }' "$folder/wrk" || die "nothing was answered"
}

# note NAME COMMAND...: keeps what a command measures.
note() {
    local name=$1 measured
    shift
    measured=$("$@")
    printf '%s %s\n' "$name" "$measured" >>"$folder/results"
}

# The median of a name's COLUMN (2: rate, 3: slowest hundredth).
median() {
    awk -v name="$1" '$1 == name' "$folder/results" | sort -nk "$2" \
        | awk -v column="$2" '{ value[NR] = $column } END { print value[int((NR + 1) / 2)] + 0 }'
}

# Whether something was below its floor; for the scripts.
# shellcheck disable=SC2034
failed=false

# compare TEXT NAME YARDSTICK [FLOOR GOAL]: prints how the rates of two names compare, and their slowest
# hundredths as far as they are known.
compare() {
    local rate other ratio limits="" slowest
    rate=$(median "$2" 2) other=$(median "$3" 2)
    ratio=$(awk -v a="$rate" -v b="$other" 'BEGIN { printf "%.2f", a / b }')
    [ $# -lt 5 ] || limits="floor $4 goal $5"
    slowest=$(awk -v a="$(median "$2" 3)" -v b="$(median "$3" 3)" 'BEGIN {
        printf (b > 0) ? "%6.1f ms, %6.1f ms" : "%6.1f ms", a, b }')
    printf '%-44s %9.0f/s %9.0f/s %7s  %-19s p99 %s\n' "$1" "$rate" "$other" "$ratio" "$limits" "$slowest"
    if awk -v r="$ratio" -v f="${4:-0}" 'BEGIN { exit !(r < f) }'; then
        # shellcheck disable=SC2034
        failed=true
    fi
}

# request NAME HEADER DOCUMENT VARIABLES: keeps a request in a file of the folder for Benchmarks/Plain/requests.lua
# and `answer`. VARIABLES are JSON.
request() {
    printf '/graphql\t%s\t%s\n' "$2" \
        "$(jq -nc --arg query "$3" --argjson variables "$4" '{query: $query, variables: $variables}')" \
        >"$folder/$1"
}

# request_deposit KEY ASSET: keeps `deposit`, whose id of zeros stands for a new one each time.
request_deposit() {
    # shellcheck disable=SC2016 # variables of GraphQL
    request deposit "x-api-key: $1" \
        'mutation($input: AddAssetLiquidityInput!) { addAssetLiquidity(input: $input) { code } }' \
        "{\"input\": {\"assetId\": \"$2\", \"amount\": \"1\", \"id\": \"00000000-0000-4000-8000-000000000000\"}}"
}

# answer NAME URL: what a server answers to a request that is kept.
answer() {
    local path header body
    IFS=$'\t' read -r path header body <"$folder/$1"
    curl -sS "$2$path" -H "$header" -H 'content-type: application/json' -d "$body"
}

# A tenant with an asset, a payment pointer with 20 payments and a session of it, and another one; and the
# requests `asset`, `page`, `create` and `deposit`.
fill_plain() {
    local key asset pointer payment session pointers=()
    key=$(gql "$HAZINA_OPERATOR_KEY" 'mutation { answer: createTenant(input: {name: "Bench"}) { apiKey } }' .apiKey)
    asset=$(gql "$key" 'mutation { answer: createAsset(input: {code: "EUR", scale: 2}) { asset { id } } }' .asset.id)
    for pointer in page other; do
        pointers+=("$(gql "$key" "mutation { answer: createPaymentPointer(input: {
            url: \"https://bench.example/$pointer\", publicName: \"Ada's $pointer\", asset: {code: \"EUR\", scale: 2}
        }) { paymentPointer { id } } }" .paymentPointer.id)")
    done
    for payment in $(seq 20); do
        gql "$key" "mutation { answer: createIncomingPayment(input: {
            paymentPointerId: \"${pointers[0]}\", description: \"Invoice $payment\",
            incomingAmount: {value: \"$((payment * 100))\", assetCode: \"EUR\", assetScale: 2}
        }) { payment { id } } }" .payment.id >/dev/null
    done
    session=$(gql "$key" "mutation { answer: createApiKey(input: {paymentPointerId: \"${pointers[0]}\"}) {
        apiKey { key } } }" .apiKey.key)
    session=$(gql "$key" "mutation { answer: redeemApiKey(input: {
        key: \"$session\", paymentPointerId: \"${pointers[0]}\" }) { session { key } } }" .session.key)
    sql -c 'vacuum analyze'

    # shellcheck disable=SC2016 # variables of GraphQL
    {
        request asset "x-api-key: $key" \
            'query($id: String!) { asset(id: $id) { id code scale withdrawalThreshold createdAt } }' \
            "{\"id\": \"$asset\"}"
        request page "authorization: Bearer $session" 'query($id: String!) { paymentPointer(id: $id) {
            id publicName asset { code scale }
            incomingPayments(first: 20) { edges { node {
                id state incomingAmount { value } receivedAmount { value } createdAt
            } } } } }' "{\"id\": \"${pointers[0]}\"}"
        request create "x-api-key: $key" 'mutation($input: CreateIncomingPaymentInput!) {
            createIncomingPayment(input: $input) { code success message payment {
                id state incomingAmount { value assetCode assetScale } receivedAmount { value } expiresAt
            } } }' "{\"input\": {\"paymentPointerId\": \"${pointers[1]}\", \"description\": \"Invoice\",
            \"incomingAmount\": {\"value\": \"1250\", \"assetCode\": \"EUR\", \"assetScale\": 2}}}"
        request_deposit "$key" "$asset"
    }
}
