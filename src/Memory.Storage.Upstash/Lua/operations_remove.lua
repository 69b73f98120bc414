-- Removes an operation. Gives 1, or 0 when there is none. ARGV: prefix, id.
local prefix, id = ARGV[1], ARGV[2]
local key = prefix .. ':o:' .. id
local stored = redis.call('HMGET', key, 'n', 'r', 't')
if not stored[1] then
    return 0
end
redis.call('DEL', key)
for _, set in ipairs({'ow', 'oq', 'os', 'of'}) do
    redis.call('ZREM', prefix .. ':' .. set, stored[1] .. id)
end
if stored[2] and stored[2] ~= '' then
    redis.call('SREM', prefix .. ':or:' .. stored[2], id)
elseif stored[3] and stored[3] ~= '' then
    redis.call('SREM', prefix .. ':ot:' .. stored[3], id)
end
return 1
