-- Removes all vectors of a resource. ARGV: prefix, the resource.
local prefix, owner = ARGV[1], ARGV[2]
for _, space in ipairs(redis.call('SMEMBERS', prefix .. ':vs')) do
    local tail = ':' .. space .. ':' .. owner
    local thread
    for _, id in ipairs(redis.call('ZRANGE', prefix .. ':vl' .. tail, 0, -1)) do
        local other = string.match(id, '^[^.]*')
        if other ~= thread then
            thread = other
            redis.call('SREM', prefix .. ':vr:' .. thread, space .. owner)
        end
    end
    redis.call('DEL', prefix .. ':v' .. tail, prefix .. ':vl' .. tail, prefix .. ':vt' .. tail)
    redis.call('SREM', prefix .. ':vo:' .. space, owner)
end
return 0
