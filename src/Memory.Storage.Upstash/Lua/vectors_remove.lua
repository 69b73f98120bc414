-- Removes vectors of a thread, under whatever resource and space they are.
-- ARGV: prefix, the thread, what the ids begin with or '' for contents, then each content's beginning.
local prefix, thread, beginning = ARGV[1], ARGV[2], ARGV[3]
local resources = prefix .. ':vr:' .. thread

local function drop(names, ids)
    if #ids == 0 then
        return
    end
    local last = redis.call('INCR', prefix .. ':vn')
    for from = 1, #ids, 1000 do
        local to, scored = math.min(from + 999, #ids), {}
        for i = from, to do
            scored[#scored + 1], scored[#scored + 2] = last, ids[i]
        end
        redis.call('HDEL', names[1], unpack(ids, from, to))
        redis.call('ZREM', names[2], unpack(ids, from, to))
        redis.call('ZADD', names[3], unpack(scored))
    end
    if redis.call('ZCARD', names[2]) == 0 then
        redis.call('DEL', unpack(names))
        return
    end
    redis.call('HSET', names[1], '#', last)
    local over = redis.call('ZCARD', names[3]) - 1000
    if over > 0 then
        local newest = redis.call('ZRANGE', names[3], over - 1, over - 1, 'WITHSCORES')
        redis.call('ZREMRANGEBYRANK', names[3], 0, over - 1)
        redis.call('HSET', names[1], '#f', newest[2])
    end
end

for _, resource in ipairs(redis.call('SMEMBERS', resources)) do
    local space, owner = string.sub(resource, 1, 12), string.sub(resource, 13)
    local tail = ':' .. space .. ':' .. owner
    local names, ids = {prefix .. ':v' .. tail, prefix .. ':vl' .. tail, prefix .. ':vt' .. tail}, {}
    if beginning ~= '' then
        for _, id in ipairs(redis.call('ZRANGE', names[2], 0, -1)) do
            if string.sub(id, 1, #beginning) == beginning then
                ids[#ids + 1] = id
            end
        end
    else
        for i = 4, #ARGV do
            local chunk = 0
            -- The first of a content's vectors is the last to be dropped by age.
            while redis.call('HEXISTS', names[1], ARGV[i] .. chunk) == 1 do
                ids[#ids + 1] = ARGV[i] .. chunk
                chunk = chunk + 1
            end
        end
    end
    drop(names, ids)
end
if beginning == thread .. '.' then
    redis.call('DEL', resources)
end
return 0
