-- Reads the vectors of contents, as many of these as there are bytes for; at least one.
-- KEYS: a resource's vectors. ARGV: the most bytes, then each content's beginning. Answers how many contents were looked at, and the vectors that are there, those of a content in order.
local found, bytes, looked = {}, 0, #ARGV - 1
for first = 2, #ARGV, 1000 do
    local last = math.min(first + 999, #ARGV)
    local ids = {}
    for i = first, last do
        ids[#ids + 1] = ARGV[i] .. '0'
    end
    for i, text in ipairs(redis.call('HMGET', KEYS[1], unpack(ids))) do
        local chunk = 0
        while text do
            found[#found + 1] = text
            bytes = bytes + #text
            chunk = chunk + 1
            text = redis.call('HGET', KEYS[1], ARGV[first + i - 1] .. chunk)
        end
        if bytes >= tonumber(ARGV[1]) then
            return {first + i - 2, found}
        end
    end
end
return {looked, found}
