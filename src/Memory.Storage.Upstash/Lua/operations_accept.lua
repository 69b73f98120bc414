-- Keeps an operation, or finds the one that is there. Keys are declared when the resource is known: the operation, the waiting ones, the counter, the resource's operations.
-- ARGV: prefix, id, kind, resource or '', thread or '', time of creation, payload or ''.
local prefix, id, resource = ARGV[1], ARGV[2], ARGV[4]
local key = prefix .. ':o:' .. id
local fields = {'k', 'r', 't', 'p', 's', 'a', 'ec', 'em', 'v', 'c', 'u'}
local kept = redis.call('HMGET', key, unpack(fields))
if kept[1] then
    return {id, kept}
end
if resource == '' and ARGV[5] ~= '' then
    resource = redis.call('HGET', prefix .. ':h:' .. ARGV[5], 'r') or ''
end
local number = string.format('%016.0f', redis.call('INCR', prefix .. ':on'))
redis.call('HSET', key, 'k', ARGV[3], 'r', resource, 't', ARGV[5], 'p', ARGV[7], 's', 0, 'a', 0, 'c', ARGV[6], 'u', ARGV[6], 'n', number)
redis.call('ZADD', prefix .. ':ow', ARGV[6], number .. id)
if resource ~= '' then
    redis.call('SADD', prefix .. ':or:' .. resource, id)
elseif ARGV[5] ~= '' then
    redis.call('SADD', prefix .. ':ot:' .. ARGV[5], id) -- its thread may come to be somebody's
end
return {id, {ARGV[3], resource, ARGV[5], ARGV[7], '0', '0', false, false, false, ARGV[6], ARGV[6]}}
