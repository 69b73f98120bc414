-- A page of a thread's messages that have one of some roles and lie between two times; one more than asked for if there are more. Nothing when there is no such thread.
local thread, limit, is_descending, after, roles, from, to, owner = unpack(ARGV, 2, 9)
local resource = call('HGET', key('h', thread), 'r')
if not resource or (owner ~= '' and resource ~= owner) then return false end
local page, wanted = {}, tonumber(limit) + 1
while true do
  local part
  if is_descending == '1' then
    part = call('ZRANGE', key('m', thread), after ~= '' and '(' .. after or '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 500, 'WITHSCORES')
  else
    part = call('ZRANGE', key('m', thread), after ~= '' and '(' .. after or '-inf', '+inf', 'BYSCORE', 'LIMIT', 0, 500, 'WITHSCORES')
  end
  for i = 1, #part, 2 do
    local time = sub(part[i], 2, 12)
    if (roles == '' or string.find(roles, sub(part[i], 1, 1), 1, true)) and time >= from and time <= to then
      page[#page + 1] = part[i]
      page[#page + 1] = part[i + 1]
      if #page == 2 * wanted then return page end
    end
    after = part[i + 1]
  end
  if #part < 1000 then return page end
end
