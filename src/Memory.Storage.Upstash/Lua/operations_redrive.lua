-- Queues a failed operation again.
-- KEYS: the operation, the waiting ones, those that failed. ARGV: id, now, the call's mark.
local stored = redis.call('HMGET', KEYS[1], 's', 'e', 'n')
if stored[1] and stored[2] == ARGV[3] then
    return 1
end
if stored[1] ~= '3' then
    return 0
end
local member = stored[3] .. ARGV[1]
redis.call('HSET', KEYS[1], 's', 0, 'a', 0, 'u', ARGV[2], 'e', ARGV[3])
redis.call('ZREM', KEYS[3], member)
redis.call('ZADD', KEYS[2], ARGV[2], member)
return 1
