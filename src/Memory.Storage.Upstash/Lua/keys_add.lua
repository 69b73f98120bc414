-- Keeps an access key. Gives 1, or 0 when its id is taken. KEYS: the key, all ids. ARGV: id, the call's mark, then fields with their values.
local mark = redis.call('HGET', KEYS[1], 'x')
if mark then
    return mark == ARGV[2] and 1 or 0
end
redis.call('HSET', KEYS[1], 'x', ARGV[2], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
