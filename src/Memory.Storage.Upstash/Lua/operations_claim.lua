-- Takes operations that are due, in the order of their acceptance.
-- ARGV: prefix, limit, end of the lease, now, the claim's own name, the most bytes of an answer.
local prefix, limit, lease, now, claim, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local waiting, ready = prefix .. ':ow', prefix .. ':oq'
local taken, bytes = {}, 0

local function read(member)
    local id = string.sub(member, 17)
    local fields = redis.call('HMGET', prefix .. ':o:' .. id, 'k', 'r', 't', 'p', 's', 'a', 'ec', 'em', 'v', 'c', 'u', 'n', 'x')
    -- Erased since, or accepted anew.
    if fields[12] ~= string.sub(member, 1, 16) then
        return nil
    end
    return id, fields
end

local function give(id, fields)
    taken[#taken + 1] = {id, fields}
    bytes = bytes + #(fields[4] or '') + #(fields[9] or '')
end

-- This very claim may have been made already, and its answer lost.
for _, member in ipairs(redis.call('ZRANGE', waiting, lease, lease, 'BYSCORE')) do
    local id, fields = read(member)
    if id and fields[13] == claim then
        give(id, fields)
    end
end
if #taken > 0 then
    return taken
end

local due = redis.call('ZRANGE', waiting, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1000)
if #due > 0 then
    local scored = {}
    for i, member in ipairs(due) do
        scored[2 * i - 1] = 0
        scored[2 * i] = member
    end
    redis.call('ZADD', ready, unpack(scored))
    redis.call('ZREM', waiting, unpack(due))
end

while #taken < limit and bytes < most do
    -- Equal scores go by the member, which begins with the number of acceptance.
    local member = redis.call('ZRANGE', ready, 0, 0)[1]
    if not member then
        break
    end
    local id, fields = read(member)
    if id and #taken > 0 and bytes + #(fields[4] or '') > most then
        break
    end
    redis.call('ZREM', ready, member)
    if id then
        fields[5], fields[6], fields[11] = '1', string.format('%.0f', fields[6] + 1), now
        redis.call('HSET', prefix .. ':o:' .. id, 's', 1, 'a', fields[6], 'u', now, 'x', claim, 'e', '')
        redis.call('ZADD', waiting, lease, member)
        give(id, fields)
    end
end
return taken
