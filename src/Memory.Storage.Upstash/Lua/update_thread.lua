-- Writes a thread's title and metadata, if it is still at the version that was read. Gives the head's fields, or nothing.
local thread, version, title, metadata, updated, token = unpack(ARGV, 2, 7)
local head = read(key('h', thread), {'r', 'u', 'v', 'x'})
if not head.r then return false end
if head.x ~= token then
  if head.v ~= version then return false end
  local changes = {x = token, t = title ~= '' and title, m = metadata ~= '' and metadata, u = now_or_later(head.u, updated)}
  changes.v = now_or_later(tonumber(head.v) + 1, updated)
  write(key('h', thread), changes)
  call('ZADD', key('tu', head.r), changes.u, thread)
end
return call('HMGET', key('h', thread), 'r', 't', 'm', 'c', 'u', 'l', 'n', 'v')
