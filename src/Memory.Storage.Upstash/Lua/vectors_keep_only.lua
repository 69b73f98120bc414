-- Removes the vectors of every other space, of so many resources at a time. ARGV: prefix, the space, how many resources. Answers whether there are more.
local prefix, limit = ARGV[1], tonumber(ARGV[3])
for _, space in ipairs(redis.call('SMEMBERS', prefix .. ':vs')) do
    if space ~= ARGV[2] then
        local owners = redis.call('SRANDMEMBER', prefix .. ':vo:' .. space, limit)
        for _, owner in ipairs(owners) do
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
        if redis.call('EXISTS', prefix .. ':vo:' .. space) == 1 then
            return 1
        end
        redis.call('SREM', prefix .. ':vs', space)
    end
end
return 0
