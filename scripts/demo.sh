#!/usr/bin/env bash
# Walks through the API against a server that `make run` started, showing each request and each answer,
# and stops at the first answer that is not as expected: keys and sessions first, then a payment from
# one tenant to another and from one currency to another. It works in tenants of its own.
#
#   HAZINA_URL            where the server is; http://127.0.0.1:4000 if unset
#   HAZINA_OPERATOR_KEY   its operator key; if unset, the one that `hazina dev` keeps
#   FOLDER                the folder that the server was started in; the project's if unset
#   HAZINA                the program; .build/debug/hazina if unset
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

url=${HAZINA_URL:-http://127.0.0.1:4000}
bold='' dim='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi

hazina=${HAZINA:-.build/debug/hazina}
home=$(cd "${FOLDER:-.}" && pwd)
work=$(mktemp -d /tmp/hazina-demo.XXXXXX)
listeners=()
cleanup() {
    [ ${#listeners[@]} -eq 0 ] || kill "${listeners[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# What `hazina dev` keeps of a folder as file $1: in .hazina, or, for root, in a folder of
# /var/lib/hazina that says which one it belongs to.
kept() {
    local origin
    if [ "$(id -u)" -ne 0 ]; then
        cat "$home/.hazina/$1" 2>/dev/null || true
        return
    fi
    for origin in /var/lib/hazina/*/directory; do
        if [ "$(cat "$origin" 2>/dev/null)" = "$home" ]; then
            cat "${origin%/directory}/$1" 2>/dev/null || true
            return
        fi
    done
}

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# ask WHO OPERATION: sends an operation with the header of WHO, one of the arrays below, and keeps
# the answer.
ask() {
    local -n headers=$1
    local body
    body=$(jq -n --arg query "$2" '{query: $query}')
    printf '%s> %s%s\n' "$dim" "${headers[1]:-no credential}" "$plain"
    printf '> %s\n' "$2"
    answer=$(curl -sS --max-time 20 "$url/graphql" \
        -H 'content-type: application/json' "${headers[@]}" -d "$body")
    jq . <<<"$answer" || die "this answer is no JSON: $answer"
}

# expect FILTER: stops unless the jq FILTER is true of the last answer.
expect() {
    jq -e "$1" <<<"$answer" >/dev/null || die "expected of this answer: $1"
}

# value FILTER: what the jq FILTER finds in the last answer.
value() { jq -er "$1" <<<"$answer"; }

curl -sS --max-time 5 -o /dev/null "$url/healthz" 2>/dev/null \
    || die "no server answers at $url; start one with 'make run' in another terminal"
operator_key=${HAZINA_OPERATOR_KEY:-$(kept operator-key)}
[ -n "$operator_key" ] \
    || die "set HAZINA_OPERATOR_KEY to the server's operator key ('make run' prints it)"

# The headers of each caller.
# shellcheck disable=SC2034  # ask refers to them by name
nobody=() operator=(-H "x-api-key: $operator_key")

step "Without a credential nothing is shown"
ask nobody '{ whoami { role } }'
expect '.data.whoami == null and .errors[0].extensions.code == "UNAUTHENTICATED"'

step "The operator makes a tenant, whose key is shown this once"
ask operator 'mutation {
    createTenant(input: {name: "Demo wallet"}) { code message tenant { id name } apiKey }
  }'
expect '.data.createTenant.code == "200"'
tenant_id=$(value .data.createTenant.tenant.id)
# shellcheck disable=SC2034
tenant=(-H "x-api-key: $(value .data.createTenant.apiKey)")

step "The tenant makes an asset: euros, in cents"
ask tenant 'mutation {
    createAsset(input: {code: "EUR", scale: 2}) { code success message asset { id code scale } }
  }'
expect '.data.createAsset | .code == "200" and .success and .asset.code == "EUR"'

step "... which it can do once"
ask tenant 'mutation {
    createAsset(input: {code: "EUR", scale: 2}) { code success message asset { id } }
  }'
expect '.data.createAsset | .code == "409" and .success == false and .asset == null'

step "The tenant makes a payment pointer: an address for an account holder"
ask tenant "mutation {
    createPaymentPointer(input: {
      asset: {code: \"EUR\", scale: 2}, publicName: \"Alice\",
      url: \"https://wallet.example/$tenant_id/alice\"
    }) { code message paymentPointer { id url publicName asset { code } } }
  }"
expect '.data.createPaymentPointer.code == "200"'
pointer_id=$(value .data.createPaymentPointer.paymentPointer.id)

step "... and an API key for it, which is shown this once"
ask tenant "mutation {
    createApiKey(input: {paymentPointerId: \"$pointer_id\"}) { code message apiKey { id key } }
  }"
expect '.data.createApiKey.code == "200"'
api_key=$(value .data.createApiKey.apiKey.key)

step "Alice's application redeems the key for a session"
redeem="mutation {
    redeemApiKey(input: {key: \"$api_key\", paymentPointerId: \"$pointer_id\"}) {
      code message session { key expiresAt }
    }
  }"
ask nobody "$redeem"
expect '.data.redeemApiKey.code == "200"'
session_key=$(value .data.redeemApiKey.session.key)
# shellcheck disable=SC2034
session=(-H "authorization: Bearer $session_key")

step "The session sees its payment pointer"
ask session "{
    whoami { role paymentPointer { id } }
    paymentPointer(id: \"$pointer_id\") { url publicName asset { code scale } }
  }"
expect ".data.whoami.role == \"SESSION\" and .data.paymentPointer.publicName == \"Alice\""

step "... and may not administer"
ask session 'mutation {
    createAsset(input: {code: "USD", scale: 2}) { code success message asset { id } }
  }'
expect '.data.createAsset | .code == "403" and .success == false'

step "Nor may the tenant do what is the operator's"
ask tenant '{ tenants { edges { node { name } } } }'
expect '.errors[0].extensions.code == "FORBIDDEN"'

step "The operator can work in the tenant, by naming it"
# shellcheck disable=SC2034
operator_there=("${operator[@]}" -H "x-tenant-id: $tenant_id")
ask operator_there '{ assets(first: 10) { edges { node { code scale } } } }'
expect '[.data.assets.edges[].node.code] == ["EUR"]'

step "The application ends its session"
ask nobody "mutation { revokeSession(input: {key: \"$session_key\"}) { code message } }"
expect '.data.revokeSession.code == "200"'

step "... which fails from the next request on"
ask session '{ whoami { role } }'
expect '.data.whoami == null and .errors[0].extensions.code == "UNAUTHENTICATED"'

step "The tenant deletes the API keys; nobody can redeem them any more"
ask tenant "mutation {
    deleteAllApiKeys(input: {paymentPointerId: \"$pointer_id\"}) { code message }
  }"
expect '.data.deleteAllApiKeys.code == "200"'
ask nobody "$redeem"
expect '.data.redeemApiKey | .code == "404" and .session == null'

step "The operator deletes the tenant; its key is refused"
ask operator "mutation { deleteTenant(id: \"$tenant_id\") { code message } }"
expect '.data.deleteTenant.code == "200"'
ask tenant '{ assets { edges { node { code } } } }'
expect '.errors[0].extensions.code == "UNAUTHENTICATED"'

# shellcheck source=scripts/demo-payment.sh
. scripts/demo-payment.sh

step "Every answer was as expected."
