-- Takes some of the terms that long threads left behind out of the index. Gives how many messages that were; -1 when nothing is left.
local resource = call('SRANDMEMBER', prefix .. ':xr')
if not resource then return -1 end
local index, numbers = key('w', resource), key('xs', resource)
local number = call('SRANDMEMBER', numbers)
if not number then
  call('SREM', prefix .. ':xr', resource)
  return 0
end
local records = key('x', resource .. ':' .. number)
local place, cursor = unpack(call('HMGET', records, 'q', 'cursor'))
place = place or ''
local step = call('HSCAN', records, cursor or 0, 'COUNT', ARGV[2])
local part, removed, gone, more, seen = step[2], {}, {}, {}, {}
for i = 1, #part, 2 do
  if byte(part[i]) == 35 and not seen[part[i]] then -- a step may give a field twice
    seen[part[i]] = true
    gone[#gone + 1] = part[i]
    local record = record_of(part[i + 1])
    if record.revision > 0 then
      removed[#removed + 1] = {thread = tonumber(number), position = record.position, sequence = record.sequence, terms = record.terms}
      more['M' .. number .. ':' .. record.position] = false
      more['K' .. place .. record.content] = false
    end
  end
end
index_messages(index, removed, {}, function()
  for _, message in ipairs(removed) do more[block_field(message.thread, message.position)] = false end
  return more
end)
-- The cursor stands beside the records, which are gone before it moves on.
if step[1] == '0' then
  call('UNLINK', records)
  call('SREM', numbers, number)
else
  spread('HDEL', records, gone)
  call('HSET', records, 'cursor', step[1])
end
return #removed
