-- Lets an access key expire at a time, unless it does so earlier. Gives 1, or 0 when there is no such key. KEYS: the key. ARGV: the time.
local stored = redis.call('HMGET', KEYS[1], 'h', 'e')
if not stored[1] then
    return 0
end
if not stored[2] or tonumber(stored[2]) > tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'e', ARGV[1])
end
return 1
