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
local part = call('HSCAN', records, 0, 'COUNT', ARGV[2])[2]
local place = call('HGET', records, 'q') or ''
local removed, gone, more = {}, {}, {}
for i = 1, #part, 2 do
  gone[#gone + 1] = part[i]
  if byte(part[i]) == 35 then
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
-- The head's fields stay until the last: the place of content keys is one of them.
local last = {}
for _, field in ipairs(gone) do
  if byte(field) == 35 then last[#last + 1] = field end
end
spread('HDEL', records, last)
if #last == 0 then
  call('UNLINK', records)
  call('SREM', numbers, number)
end
return #removed
