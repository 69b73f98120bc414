-- Lists operations that failed for good, oldest first, and forgets those that were erased since.
-- ARGV: prefix, how many to pass over, limit, the most bytes of an answer.
local prefix, skip, limit, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local failed = prefix .. ':of'
local listed, bytes = {}, 0
local erased
repeat
    erased = 0
    for _, member in ipairs(redis.call('ZRANGE', failed, skip, skip + limit - 1)) do
        local id = string.sub(member, 17)
        local fields = redis.call('HMGET', prefix .. ':o:' .. id, 'k', 'r', 't', 'p', 's', 'a', 'ec', 'em', 'v', 'c', 'u', 'n')
        if fields[12] ~= string.sub(member, 1, 16) then
            redis.call('ZREM', failed, member)
            erased = erased + 1
        else
            bytes = bytes + #(fields[4] or '') + #(fields[9] or '')
            if #listed > 0 and bytes > most then
                return listed
            end
            listed[#listed + 1] = {id, fields}
        end
    end
until #listed > 0 or erased == 0
return listed
