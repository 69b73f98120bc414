-- Ends a claim: in success, in an error, or for now.
-- KEYS: the operation, the waiting ones, those that succeeded, those that failed.
-- ARGV: id, attempt, the call's mark, now, the status afterwards, when it is due again, then the fields that change with their values.
local key, id = KEYS[1], ARGV[1]
local stored = redis.call('HMGET', key, 's', 'a', 'e', 'n')
if not stored[1] then
    return 0
end
-- The same call took effect before, and its answer was lost.
if stored[3] == ARGV[3] then
    return 1
end
if stored[1] ~= '1' or stored[2] ~= ARGV[2] then
    return 0
end
local status, member = ARGV[5], stored[4] .. id
redis.call('HSET', key, 's', status, 'u', ARGV[4], 'e', ARGV[3], unpack(ARGV, 7))
if status == '2' or status == '3' then
    redis.call('ZREM', KEYS[2], member)
    redis.call('ZADD', status == '2' and KEYS[3] or KEYS[4], ARGV[4], member)
else
    redis.call('ZADD', KEYS[2], ARGV[6], member)
end
return 1
