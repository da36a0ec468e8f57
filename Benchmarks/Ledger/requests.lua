-- What wrk sends to the server.
--
--   wrk ... -s requests.lua URL -- KEY KIND ASSET ACCOUNTS
--
-- KEY is a tenant's. KIND says what is sent, each mutation with a new transfer id: `asset` deposits to
-- ASSET, `peers` to a random one of the file ACCOUNTS, which has an id a line, `transfers` between two
-- random ones of it; `balance`, `first` and `last` read one's balance, oldest and newest transfers.

dofile("Benchmarks/wrk.lua")

local documents = {
    asset = "mutation($input: AddAssetLiquidityInput!) "
        .. "{ addAssetLiquidity(input: $input) { code } }",
    peers = "mutation($input: AddPeerLiquidityInput!) "
        .. "{ addPeerLiquidity(input: $input) { code } }",
    transfers = "mutation($input: TransferInput!) { transfer(input: $input) { code } }",
    balance = "query($id: String!) { peer(id: $id) { liquidity } }",
    first = "query($id: String!) { peer(id: $id) { transfers(first: 20) "
        .. "{ edges { node { id amount } } } } }",
    last = "query($id: String!) { peer(id: $id) { transfers(first: 20, order: NEWEST_FIRST) "
        .. "{ edges { node { id amount } } } } }",
}
local accounts = {}
local head, kind, asset, headers

function init(arguments)
    seed()
    kind, asset = arguments[2], arguments[3]
    headers = { ["content-type"] = "application/json", ["x-api-key"] = arguments[1] }
    head = '{"query":"' .. documents[kind] .. '","variables":{'
    if kind ~= "asset" then
        for line in io.lines(arguments[4]) do accounts[#accounts + 1] = line end
    end
end

local function account() return accounts[math.random(#accounts)] end

function request()
    local input
    if kind == "balance" or kind == "first" or kind == "last" then
        return wrk.format("POST", nil, headers, head .. '"id":"' .. account() .. '"}}')
    elseif kind == "asset" then
        input = '"assetId":"' .. asset .. '","amount":"1"'
    elseif kind == "peers" then
        input = '"peerId":"' .. account() .. '","amount":"1"'
    else
        local from, to = account(), account()
        while from == to do to = account() end
        input = '"sourceAccountId":"' .. from .. '","destinationAccountId":"' .. to
            .. '","sourceAmount":"1"'
    end
    return wrk.format("POST", nil, headers,
        head .. '"input":{' .. input .. ',"id":"' .. uuid() .. '"}}}')
end
