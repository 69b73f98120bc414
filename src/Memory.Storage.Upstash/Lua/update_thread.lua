-- Writes a thread's title, metadata and time to live, if it is still at the version that was read. Gives the head's fields, or nothing.
local thread, version, title, metadata, updated, token, seconds = unpack(ARGV, 2, 8)
local head = read(key('h', thread), {'r', 'u', 'v', 'x', 'z'})
if not head.r then return false end
if head.x ~= token then
  if head.v ~= version then return false end
  local changes = {x = token, t = title ~= '' and title, m = metadata ~= '' and metadata, z = seconds ~= '' and seconds, u = now_or_later(head.u, updated)}
  changes.v = now_or_later(tonumber(head.v) + 1, updated)
  write(key('h', thread), changes)
  call('ZADD', key('tu', head.r), changes.u, thread)
  if seconds ~= (head.z or '') then place_by_time_to_live(thread, changes.u, seconds) end
end
return call('HMGET', key('h', thread), 'r', 't', 'm', 'c', 'u', 'l', 'n', 'v', 'z')
