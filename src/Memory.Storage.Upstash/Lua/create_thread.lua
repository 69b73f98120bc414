-- Makes a thread and, if need be, its resource. Gives 1, or 0 when the id is taken.
local thread, resource, now, version, title, metadata, token, place, seconds = unpack(ARGV, 2, 10)
local head = read(key('h', thread), {'r', 'x'})
if head.r then return head.x == token and 1 or 0 end
local counters = read(key('w', resource), {'c', 'k'})
ensure_resource(resource, counters, now)
local number = tonumber(counters.k or 0) + 1
call('HSET', key('w', resource), 'k', number, 'T' .. number, thread)
write(key('h', thread), {
  r = resource, k = number, c = now, u = now, v = version, l = 0, n = 0, x = token, q = place, t = title ~= '' and title or nil, m = metadata ~= '' and metadata or nil,
  z = seconds ~= '' and seconds or nil,
})
call('ZADD', key('tc', resource), now, thread)
call('ZADD', key('tu', resource), now, thread)
if seconds ~= '' then place_by_time_to_live(thread, now, seconds) end
return 1
