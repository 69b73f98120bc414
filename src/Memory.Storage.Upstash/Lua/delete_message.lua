-- Removes a message; its position is not used again and its id stays taken. Gives 1, or 0 when there is none.
local thread, id, now, place, owner = unpack(ARGV, 2, 6)
local field = '#' .. id
local head = read(key('h', thread), {'r', 'k', 'u', 'n', 'e', 's', field})
local record = head[field] and record_of(head[field])
if not head.r or (owner ~= '' and head.r ~= owner) or not record or record.revision == 0 then return 0 end

local index = key('w', head.r)
local counters = read(index, {'d', 'e', 's'})
local space = space_now()
local message = {thread = tonumber(head.k), position = record.position, sequence = record.sequence, terms = record.terms}
local changes = {n = tonumber(head.n) - 1, u = now_or_later(head.u, now), [field] = record_gone(record)}
index_messages(index, {message}, {}, function()
  local more = {d = tonumber(counters.d) - 1, ['M' .. message.thread .. ':' .. message.position] = false, ['K' .. place .. record.content] = false}
  if space.key and space_in(message.before) == tonumber(space.key) then
    changes.e, changes.s = embedded_count(head, space) - 1, space.key
    more.e, more.s = embedded_count(counters, space) - 1, space.key
  end
  return more
end)
call('ZREMRANGEBYSCORE', key('m', thread), record.position, record.position)
write(key('h', thread), changes)
call('ZADD', key('tu', head.r), changes.u, thread)
unlist({listed(record.position, thread)})
return 1
