-- Copies a thread, if it is the resource's that is named, with its messages up to a position, which keep ids, positions and times. Gives 'cloned', 'taken' or 'no_thread'.
local source, target, resource, up_to, now, token, place, owner = unpack(ARGV, 2, 9)
local taken = read(key('h', target), {'r', 'x'})
if taken.r and taken.x == token then return 'cloned' end
local head = read(key('h', source), {'r', 'k', 'l', 't', 'm', 'z'})
if not head.r or (owner ~= '' and head.r ~= owner) then return 'no_thread' end
if taken.r then return 'taken' end

if resource == '' then resource = head.r end
local last = tonumber(head.l or 0)
if up_to ~= '' and tonumber(up_to) < last then last = tonumber(up_to) end
local index, origin = key('w', resource), key('w', head.r)
local counters = read(index, {'c', 'k', 'n', 'd', 'e', 's'})
ensure_resource(resource, counters, now)
local space, number, sequence = space_now(), tonumber(counters.k or 0) + 1, tonumber(counters.n or 0)

local copies, all = {}, call('HGETALL', key('h', source))
for i = 1, #all, 2 do
  if byte(all[i]) == 35 then
    local record = record_of(all[i + 1])
    if record.revision > 0 and record.position <= last then copies[#copies + 1] = {field = all[i], record = record} end
  end
end
table.sort(copies, function(a, b) return a.record.position < b.record.position end)
local fields, members = {}, {}
for block = 0, floor((last - 1) / ROWS) do fields[#fields + 1] = 'D' .. head.k .. ':' .. block end
for i, copy in ipairs(copies) do
  fields[#fields + 1] = 'M' .. head.k .. ':' .. copy.record.position
  members[i] = listed(copy.record.position, source)
end
local values, awaited = read(origin, fields), {}
for first = 1, #members, MOST do
  local part = call('ZMSCORE', PENDING, unpack(members, first, math.min(first + MOST - 1, #members)))
  for i = 1, #part do awaited[first + i - 1] = part[i] end
end

local changes = {r = resource, k = number, c = now, u = now, v = now, l = last, n = #copies, t = head.t, m = head.m, z = head.z, x = token, q = place, f = sequence}
local added, more, pending, embedded = {}, {['T' .. number] = target, k = number}, {}, 0
for i, copy in ipairs(copies) do
  local record = copy.record
  local row = row_in(values[block_field(head.k, record.position)], record.position)
  record.sequence = sequence
  changes[copy.field] = record_text(record)
  local is_embedded = space.key and space_in(row) == tonumber(space.key)
  if is_embedded then
    embedded = embedded + 1
    more['K' .. place .. record.content] = number .. ':' .. record.position
  elseif space.key or awaited[i] then
    pending[#pending + 1] = now
    pending[#pending + 1] = listed(record.position, target)
  end
  added[i] = {thread = number, position = record.position, sequence = sequence, terms = record.terms, row = sub(row, 1, 16) .. pack(sequence, 5) .. sub(row, 22)}
  more['M' .. number .. ':' .. record.position] = values['M' .. head.k .. ':' .. record.position] or nil
  sequence = sequence + 1
end
changes.g = sequence - 1
more.n, more.d = sequence, tonumber(counters.d or 0) + #copies
if embedded > 0 then
  changes.e, changes.s = embedded, space.key
  more.e, more.s = embedded_count(counters, space) + embedded, space.key
end
write(key('h', target), changes)
local said = call('ZRANGE', key('m', source), 0, last, 'BYSCORE', 'WITHSCORES')
local placed = {}
for i = 1, #said, 2 do
  placed[i], placed[i + 1] = said[i + 1], said[i]
end
spread('ZADD', key('m', target), placed)
index_messages(index, {}, added, function() return more end)
spread('ZADD', PENDING, pending)
local document = call('HGETALL', key('y', 't:' .. source))
if #document > 0 then call('HSET', key('y', 't:' .. target), unpack(document)) end
call('ZADD', key('tc', resource), now, target)
call('ZADD', key('tu', resource), now, target)
if head.z then place_by_time_to_live(target, now, head.z) end
return 'cloned'
