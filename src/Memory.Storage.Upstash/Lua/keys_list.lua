-- A page of access keys by id, one more than asked for if there are more. ARGV: prefix, limit, the last id of the page before or ''.
local prefix, limit, after = ARGV[1], tonumber(ARGV[2]) + 1, ARGV[3]
local page = {}
for i, id in ipairs(redis.call('ZRANGE', prefix .. ':ks', after ~= '' and '(' .. after or '-', '+', 'BYLEX', 'LIMIT', 0, limit)) do
    page[i] = {id, redis.call('HMGET', prefix .. ':k:' .. id, 'h', 'n', 'g', 'c', 'e')}
end
return page
