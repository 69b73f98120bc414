-- Removes operations that succeeded before a time. ARGV: prefix, the time, limit.
local prefix = ARGV[1]
local done, count = prefix .. ':os', 0
for _, member in ipairs(redis.call('ZRANGE', done, '-inf', '(' .. ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
    local id = string.sub(member, 17)
    local key = prefix .. ':o:' .. id
    local stored = redis.call('HMGET', key, 'n', 'r', 't')
    redis.call('ZREM', done, member)
    -- Otherwise it was erased since, or accepted anew.
    if stored[1] == string.sub(member, 1, 16) then
        redis.call('DEL', key)
        count = count + 1
        if stored[2] and stored[2] ~= '' then
            redis.call('SREM', prefix .. ':or:' .. stored[2], id)
        elseif stored[3] and stored[3] ~= '' then
            redis.call('SREM', prefix .. ':ot:' .. stored[3], id)
        end
    end
end
return count
