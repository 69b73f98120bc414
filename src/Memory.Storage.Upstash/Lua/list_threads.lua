-- A page of a resource's threads by one of the two times; ties go by id. Gives for each its id and its head's fields, one more than asked for if there are more.
local resource, order, is_descending, limit, after_time, after_id = unpack(ARGV, 2, 7)
local set, wanted = key(order, resource), tonumber(limit) + 1
local from, to, direction = after_time ~= '' and after_time or '-inf', '+inf', nil
if is_descending == '1' then from, to = after_time ~= '' and after_time or '+inf', '-inf' end
local threads, offset = {}, 0
while #threads < wanted do
  local part
  if is_descending == '1' then
    part = call('ZRANGE', set, from, to, 'BYSCORE', 'REV', 'LIMIT', offset, wanted, 'WITHSCORES')
  else
    part = call('ZRANGE', set, from, to, 'BYSCORE', 'LIMIT', offset, wanted, 'WITHSCORES')
  end
  for i = 1, #part, 2 do
    local is_tie = after_time ~= '' and tonumber(part[i + 1]) == tonumber(after_time)
    local is_passed = is_tie and (is_descending == '1' and part[i] >= after_id or is_descending ~= '1' and part[i] <= after_id)
    if not is_passed and #threads < wanted then threads[#threads + 1] = part[i] end
  end
  offset = offset + wanted
  if #part < 2 * wanted then break end
end
local page = {}
for i, thread in ipairs(threads) do page[i] = {thread, call('HMGET', key('h', thread), 'r', 't', 'm', 'c', 'u', 'l', 'n', 'v', 'z')} end
return page
