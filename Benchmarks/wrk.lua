-- What the benchmarks' scripts for wrk share; they load it from the project's root.

local threads = 0

-- Gives each thread its number, so that no two make the same ids.
function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function seed() math.randomseed(os.time() * 100 + number) end

function uuid()
    return string.format("%08x-%04x-4%03x-8%03x-%06x%06x", math.random(0, 0xffffffff),
        math.random(0, 0xffff), math.random(0, 0xfff), math.random(0, 0xfff),
        math.random(0, 0xffffff), math.random(0, 0xffffff))
end
