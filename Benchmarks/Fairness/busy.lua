-- What wrk sends for a tenant that takes all it can: deposits to an asset and reads of it, in turn.
--
--   wrk ... -s busy.lua URL -- KEY ASSET

local headers, reading, deposit
local count, threads = 0, 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    math.randomseed(os.time() * 100 + number)
    headers = { ["content-type"] = "application/json", ["x-api-key"] = arguments[1] }
    reading = '{"query":"query($id: String!) { asset(id: $id) { code scale liquidity } }",'
        .. '"variables":{"id":"' .. arguments[2] .. '"}}'
    deposit = '{"query":"mutation($input: AddAssetLiquidityInput!) '
        .. '{ addAssetLiquidity(input: $input) { code } }","variables":{"input":{"assetId":"'
        .. arguments[2] .. '","amount":"1","id":"'
end

local function uuid()
    return string.format("%08x-%04x-4%03x-8%03x-%06x%06x", math.random(0, 0xffffffff),
        math.random(0, 0xffff), math.random(0, 0xfff), math.random(0, 0xfff),
        math.random(0, 0xffffff), math.random(0, 0xffffff))
end

function request()
    count = count + 1
    local body = count % 2 == 0 and reading or deposit .. uuid() .. '"}}}'
    return wrk.format("POST", nil, headers, body)
end
