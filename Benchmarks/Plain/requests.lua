-- What wrk sends: the requests of the files, in turn.
--
--   wrk ... -s requests.lua URL -- FILE...
--
-- A FILE has one line: a path, a header and a body, with tabs between them. Without a body the path is read
-- (GET). The id of zeros in a body stands for a new one each time.

dofile("Benchmarks/wrk.lua")

local zeros = "00000000-0000-4000-8000-000000000000"
local requests, turn = {}, 0

function init(arguments)
    seed()
    for _, name in ipairs(arguments) do
        local file = assert(io.open(name))
        local path, header, value, body = file:read("*l"):match("^([^\t]*)\t([^:\t]*):? ?([^\t]*)\t(.*)$")
        file:close()
        local headers = { ["content-type"] = "application/json" }
        if header ~= "" then headers[header] = value end
        local text = body == "" and wrk.format("GET", path) or wrk.format("POST", path, headers, body)
        local first, last = text:find(zeros, 1, true)
        requests[#requests + 1] = first and { text:sub(1, first - 1), text:sub(last + 1) } or text
    end
end

function request()
    turn = turn % #requests + 1
    local text = requests[turn]
    if type(text) == "string" then return text end
    return text[1] .. uuid() .. text[2]
end
