# The second part of scripts/demo.sh, which sources it: a payment from Alice, who has euros at one
# tenant, to Bob, who has dollars at another.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # arrays are named to `ask`; variables are the first part's

# new_tenant NAME: makes the tenant NAME, with its headers in the array NAME and its id in NAME_id.
new_tenant() {
    ask operator "mutation { createTenant(input: {name: \"$1\"}) { code tenant { id } apiKey } }" \
        >/dev/null
    expect '.data.createTenant.code == "200"'
    declare -ga "$1=(-H 'x-api-key: $(value .data.createTenant.apiKey)')"
    declare -g "${1}_id=$(value .data.createTenant.tenant.id)"
}

# listen TENANT: has the tenant's events sent to a receiver, which checks them and writes a line for each
# to a file of the tenant's name.
listen() {
    local port secret
    port=$(free_port)
    ask "$1" "mutation { setWebhook(input: {url: \"http://127.0.0.1:$port/\"}) { code message secret } }"
    expect '.data.setWebhook.code == "200"'
    secret=$(value .data.setWebhook.secret)
    HAZINA_LISTEN_SECRET=$secret "$hazina" webhook-listen --port "$port" >"$work/$1" 2>/dev/null &
    listeners+=("$!")
}

# event TENANT TYPE: waits for an event of the type, shows its line and keeps its id.
event() {
    local line=""
    for _ in $(seq 200); do
        line=$(grep -F "\"type\":\"$2\"" "$work/$1" 2>/dev/null | tail -n 1 || true)
        [ -z "$line" ] || break
        sleep 0.1
    done
    [ -n "$line" ] || die "no event $2 arrived"
    printf '%s< %s%s\n' "$dim" "$line" "$plain"
    event_id=$(sed -E 's/.*"id":"([^"]+)","type":.*/\1/' <<<"$line")
}

# pointer TENANT CODE NAME: makes a payment pointer, with its id in NAME_pointer.
pointer() {
    local tenant_id=${1}_id
    ask "$1" "mutation {
    createPaymentPointer(input: {asset: {code: \"$2\", scale: 2}, publicName: \"$3\",
      url: \"https://wallet.example/${!tenant_id}/$3\"}) { code paymentPointer { id url asset { id } } }
  }"
    expect '.data.createPaymentPointer.code == "200"'
    declare -g "${3}_pointer=$(value .data.createPaymentPointer.paymentPointer.id)"
    declare -g "${3}_url=$(value .data.createPaymentPointer.paymentPointer.url)"
    declare -g "${3}_asset=$(value .data.createPaymentPointer.paymentPointer.asset.id)"
}

step "Two tenants, each with a receiver of events"
new_tenant wallet
new_tenant shop
listen wallet
listen shop

step "Alice has euros at the wallet, Bob has dollars at the shop"
pointer wallet EUR alice
pointer shop USD bob

step "The wallet needs dollars to exchange euros for: it puts in 1,000.00"
ask wallet 'mutation { createAsset(input: {code: "USD", scale: 2}) { code asset { id } } }'
expect '.data.createAsset.code == "200"'
ask wallet "mutation {
    addAssetLiquidity(input: {assetId: \"$(value .data.createAsset.asset.id)\", amount: 100000,
      id: \"$(cat /proc/sys/kernel/random/uuid)\"}) { code message error }
  }"
expect '.data.addAssetLiquidity.code == "200"'

step "The wallet charges 0.10 and 0.25 % of what is sent"
ask wallet "mutation {
    setAssetFee(input: {assetId: \"$alice_asset\", fixed: 10, basisPoints: 25}) { code message }
  }"
expect '.data.setAssetFee.code == "200"'

step "The shop lets the wallet owe it up to 500.00"
ask shop "mutation {
    setPositionLimit(input: {tenantId: \"$wallet_id\", assetId: \"$bob_asset\", limit: 50000}) {
      code message position { side amount limit }
    }
  }"
expect '.data.setPositionLimit.code == "200"'

step "Bob expects 20.00 for an invoice"
ask shop "mutation {
    createIncomingPayment(input: {paymentPointerId: \"$bob_pointer\", externalRef: \"INV-7\",
      incomingAmount: {value: 2000, assetCode: \"USD\", assetScale: 2}}) { code message payment { id } }
  }"
expect '.data.createIncomingPayment.code == "200"'
bob_payment=$(value .data.createIncomingPayment.payment.id)

step "Alice's application asks what that costs"
ask wallet "mutation { createApiKey(input: {paymentPointerId: \"$alice_pointer\"}) { apiKey { key } } }" \
    >/dev/null
ask nobody "mutation { redeemApiKey(input: {key: \"$(value .data.createApiKey.apiKey.key)\",
    paymentPointerId: \"$alice_pointer\"}) { session { key } } }" >/dev/null
alice=(-H "authorization: Bearer $(value .data.redeemApiKey.session.key)")
ask alice "mutation {
    createQuote(input: {paymentPointerId: \"$alice_pointer\",
      receiver: \"$bob_url/incoming-payments/$bob_payment\"}) {
      code message
      quote { id sendAmount { value assetCode } fee { value } receiveAmount { value assetCode } }
    }
  }"
expect '.data.createQuote | .code == "200" and .quote.receiveAmount.value == "2000"'
quote_id=$(value .data.createQuote.quote.id)
sent=$(value .data.createQuote.quote.sendAmount.value)

step "... and pays"
ask alice "mutation {
    createOutgoingPayment(input: {paymentPointerId: \"$alice_pointer\", quoteId: \"$quote_id\"}) {
      code message payment { id state }
    }
  }"
expect '.data.createOutgoingPayment.payment.state == "FUNDING"'

step "The wallet is asked for the money, takes it from Alice's account, and says so"
event wallet outgoing_payment.created
ask wallet "mutation { depositEventLiquidity(eventId: \"$event_id\") { code message error } }"
expect '.data.depositEventLiquidity.code == "200"'

step "Both are told that it arrived"
event wallet outgoing_payment.completed
event shop incoming_payment.completed
ask alice "{ outgoingPayment(id: \"$quote_id\") { state sentAmount { value assetCode } } }"
expect ".data.outgoingPayment | .state == \"COMPLETED\" and .sentAmount.value == \"$sent\""

step "The wallet owes the shop 20.00 now, and pays"
ask wallet '{ positions { edges { node { id side amount } } } }'
expect '.data.positions.edges[0].node | .side == "PAYABLE" and .amount == "2000"'
withdrawal=$(cat /proc/sys/kernel/random/uuid)
ask wallet "mutation {
    createPositionLiquidityWithdrawal(input: {positionId: \"$(value .data.positions.edges[0].node.id)\",
      amount: 2000, id: \"$withdrawal\"}) { code message error }
  }"
ask wallet "mutation { finalizeLiquidityWithdrawal(withdrawalId: \"$withdrawal\") { code message } }"
expect '.data.finalizeLiquidityWithdrawal.code == "200"'
ask shop '{ positions { edges { node { id side amount } } } }'
ask shop "mutation {
    addPositionLiquidity(input: {positionId: \"$(value .data.positions.edges[0].node.id)\",
      amount: 2000, id: \"$(cat /proc/sys/kernel/random/uuid)\"}) { code message error }
  }"
expect '.data.addPositionLiquidity.code == "200"'

step "With that money the shop pays Bob out"
ask shop "mutation { withdrawEventLiquidity(eventId: \"$event_id\") { code message error } }"
expect '.data.withdrawEventLiquidity.code == "200"'

step "Every unit is accounted for"
database=$(kept database-url)
if [ -n "$database" ]; then
    DATABASE_URL=$database "$hazina" audit
else
    printf '%s\n' "(left out: this server's database is not known here; 'hazina audit' asks it)"
fi
