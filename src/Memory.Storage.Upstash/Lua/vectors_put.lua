-- Keeps vectors of one resource and space; the oldest beyond a number are dropped.
-- KEYS: the vectors, their order, the removed ones, the counter, the spaces, the space's resources, then each thread's resources.
-- ARGV: the space, the resource, how many are kept, then each vector's id and text.
local vectors, order, removed = KEYS[1], KEYS[2], KEYS[3]
local count = (#ARGV - 3) / 2
local last = redis.call('INCRBY', KEYS[4], count)
local texts, scores, ids = {}, {}, {}
for i = 1, count do
    local id = ARGV[2 + 2 * i]
    ids[i] = id
    texts[2 * i - 1], texts[2 * i] = id, ARGV[3 + 2 * i]
    scores[2 * i - 1], scores[2 * i] = last - count + i, id
end
redis.call('HSET', vectors, '#', last, unpack(texts))
redis.call('ZADD', order, unpack(scores))
redis.call('ZREM', removed, unpack(ids))
redis.call('SADD', KEYS[5], ARGV[1])
redis.call('SADD', KEYS[6], ARGV[2])
for i = 7, #KEYS do
    redis.call('SADD', KEYS[i], ARGV[1] .. ARGV[2])
end

-- Who has them in memory learns it from the first number that is left.
local over = redis.call('ZCARD', order) - tonumber(ARGV[3])
while over > 0 do
    local oldest = redis.call('ZRANGE', order, 0, math.min(over, 1000) - 1)
    redis.call('ZREM', order, unpack(oldest))
    redis.call('HDEL', vectors, unpack(oldest))
    over = over - #oldest
end
return last
