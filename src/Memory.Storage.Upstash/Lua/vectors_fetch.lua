-- What has changed of a resource's vectors since a number: one page of it.
-- KEYS: the vectors, their order, the removed ones, and a thread's resources if they are asked for.
-- ARGV: the number, up to where removals were forgotten when it was given, how many at most, the most bytes.
local vectors, order, removed = KEYS[1], KEYS[2], KEYS[3]
local resources = KEYS[4] and redis.call('SMEMBERS', KEYS[4]) or {}
local state = redis.call('HMGET', vectors, '#', '#f')
local since, last, forgotten = ARGV[1], state[1] or '0', state[2] or '0'
if since == last then
    return {resources, 0, last, forgotten, 0, '0', {}, {}}
end

-- Lost altogether, or no longer known what was removed: from the beginning.
local anew = 0
if tonumber(since) > tonumber(last) or (forgotten ~= ARGV[2] and tonumber(since) < tonumber(forgotten)) then
    anew, since = 1, '0'
end
local gone = redis.call('ZRANGE', removed, '(' .. since, '+inf', 'BYSCORE')
local first = redis.call('ZRANGE', order, 0, 0, 'WITHSCORES')[2] or string.format('%.0f', last + 1)
local limit = tonumber(ARGV[3])
local found = redis.call('ZRANGE', order, '(' .. since, '+inf', 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES')
local more, page = #found == 2 * limit and 1 or 0, {}
if #found > 0 then
    local ids = {}
    for i = 1, #found, 2 do
        ids[#ids + 1] = found[i]
    end
    local bytes = 0
    for i, text in ipairs(redis.call('HMGET', vectors, unpack(ids))) do
        text = text or ''
        bytes = bytes + #text + 100
        if i > 1 and bytes > tonumber(ARGV[4]) then
            more = 1
            break
        end
        page[#page + 1], page[#page + 2], page[#page + 3] = ids[i], found[2 * i], text
    end
end
if more == 1 then
    last = page[#page - 1]
end
return {resources, anew, last, forgotten, more, first, page, gone}
