-- Removes a thread, if it is the resource's, at the version, and last changed at the time given. Gives 1, or 0 when there is none. A short one takes its terms out of the index at once. Of a long one, whose messages can be found no
-- more from now on, the records are put aside, and its terms go in steps: whatever its length, this is a bounded piece of work.
local thread, version, inline, owner, updated = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local head = read(key('h', thread), {'r', 'k', 'n', 'l', 'v', 'e', 's', 'q', 'u', 'z'})
if not head.r or (owner ~= '' and owner ~= head.r) or (version ~= '' and version ~= head.v) or (updated ~= '' and updated ~= head.u) then return 0 end

local index, number, last = key('w', head.r), tonumber(head.k), tonumber(head.l or 0)
local counters = read(index, {'d', 'e', 's'})
local space = space_now()
local more = {d = tonumber(counters.d or 0) - tonumber(head.n or 0), ['T' .. number] = false}
if embedded_count(head, space) > 0 then more.e, more.s = embedded_count(counters, space) - embedded_count(head, space), space.key end
local removed = {}
if last <= inline then
  local all, members = call('HGETALL', key('h', thread)), {}
  for i = 1, #all, 2 do
    if byte(all[i]) == 35 then
      local record = record_of(all[i + 1])
      if record.revision > 0 then
        removed[#removed + 1] = {thread = number, position = record.position, sequence = record.sequence, terms = record.terms}
        members[#members + 1] = listed(record.position, thread)
        more['M' .. number .. ':' .. record.position] = false
        more['K' .. (head.q or '') .. record.content] = false
      end
    end
  end
  unlist(members)
  call('UNLINK', key('h', thread))
else
  call('RENAME', key('h', thread), key('x', head.r .. ':' .. number))
  call('SADD', key('xs', head.r), number)
  call('SADD', prefix .. ':xr', head.r)
end
for block = 0, floor((last - 1) / ROWS) do more['D' .. number .. ':' .. block] = false end
index_messages(index, removed, {}, function() return more end)
call('UNLINK', key('m', thread), key('y', 't:' .. thread))
call('ZREM', key('tc', head.r), thread)
call('ZREM', key('tu', head.r), thread)
if head.z then call('ZREM', prefix .. ':xt', thread) end
return 1
