-- Appends messages of distinct ids to a thread, all or none. Gives 'appended' and for each message its position, time, whether it was there already, and whether it awaits its vector;
-- or 'conflict' and the places of messages whose ids are taken by other content; 'no_thread'; 'moved_on' and the last position. Only 'appended' has written anything.
local thread, resource, expected, now, due, model, dimensions, seconds, place = unpack(ARGV, 2, 10)
local count = tonumber(ARGV[11])
local function argument(i, name) return ARGV[11 + (i - 1) * 8 + name] end
local ID, ROLE, TIME, FINGERPRINT, MEMBER, TERMS, METADATA, CONTENT = 1, 2, 3, 4, 5, 6, 7, 8

local fields = {'r', 'k', 'u', 'l', 'n', 'e', 's', 'f'}
for i = 1, count do fields[#fields + 1] = '#' .. argument(i, ID) end
local head = read(key('h', thread), fields)
if not head.r then
  if resource == '' then return {'no_thread'} end
  if expected ~= '' and expected ~= '0' then return {'moved_on', 0} end
elseif resource ~= '' and head.r ~= resource then
  return {'no_thread'}
end
resource = head.r or resource

local known, conflicts, fresh = {}, {'conflict'}, count
for i = 1, count do
  local text = head['#' .. argument(i, ID)]
  if text then
    known[i] = record_of(text)
    fresh = fresh - 1
    if known[i].fingerprint ~= argument(i, FINGERPRINT) then conflicts[#conflicts + 1] = i end
  end
end
if #conflicts > 1 then return conflicts end

local last = tonumber(head.l or 0)
-- Only now: an append that was all there already is a retry, and the thread may have moved on since.
if fresh > 0 and expected ~= '' and tonumber(expected) ~= last then return {'moved_on', last} end
if last + fresh > 268435455 then return redis.error_reply('ERR a thread holds at most 268435455 positions') end

local answer, awaiting = {'appended'}, {}
if fresh > 0 then
  local index = key('w', resource)
  local counters = read(index, {'c', 'k', 'n', 'd', 'e', 's'})
  local space = space_now()
  local is_embedded = model ~= ''
  if is_embedded and not space.key then
    space = begin_space(space, model, dimensions, call('EXISTS', RESOURCES) == 0)
  elseif is_embedded and (space.model ~= model or space.dimensions ~= dimensions) then
    is_embedded = false
  end
  -- Without an embedder nobody works the list off, and it is kept only where vectors are: the next embedder then finds what it missed.
  local is_listed = not is_embedded and (due ~= '' or space.key)

  local sequence, number = tonumber(counters.n or 0), tonumber(head.k or counters.k or 0)
  if not head.k then number = number + 1 end
  local added, members, pending = {}, {}, {}
  local more, records = {}, {}
  local first = sequence
  for i = 1, count do
    if not known[i] then
      last = last + 1
      local terms, content = argument(i, TERMS), is_embedded and argument(i, CONTENT) or '-'
      added[#added + 1] = {
        thread = number, position = last, sequence = sequence, terms = terms,
        row = row_of({
          length = length_of(terms), role = argument(i, ROLE), time = argument(i, TIME), sequence = sequence,
          space = is_embedded and tonumber(space.key) or 0, appended = tonumber(seconds),
        }),
      }
      records['#' .. argument(i, ID)] = record_text({
        position = last, revision = 1, fingerprint = argument(i, FINGERPRINT), time = argument(i, TIME), content = content, sequence = sequence, terms = terms,
      })
      if argument(i, METADATA) ~= '' then more['M' .. number .. ':' .. last] = argument(i, METADATA) end
      if is_embedded then more['K' .. place .. content] = number .. ':' .. last end
      if is_listed then
        pending[#pending + 1] = due ~= '' and due or now
        pending[#pending + 1] = listed(last, thread)
      end
      members[#members + 1] = last
      members[#members + 1] = argument(i, MEMBER)
      answer[#answer + 1] = {last, argument(i, TIME), 0, is_listed and 1 or 0}
      sequence = sequence + 1
    else
      answer[#answer + 1] = {known[i].position, known[i].time, 1, 0}
      awaiting[#awaiting + 1] = i
    end
  end

  records.l, records.n, records.g = last, tonumber(head.n or 0) + fresh, sequence - 1
  records.u = now_or_later(head.u, now)
  more.n, more.d = sequence, tonumber(counters.d or 0) + fresh
  if not head.f then records.f = first end
  if is_embedded then
    records.e, records.s = embedded_count(head, space) + fresh, space.key
    more.e, more.s = embedded_count(counters, space) + fresh, space.key
  end
  if not head.r then
    records.r, records.k, records.c, records.v, records.q = resource, number, now, now, place
    more.k, more['T' .. number] = number, thread
    call('ZADD', key('tc', resource), now, thread)
  end
  ensure_resource(resource, counters, now)
  write(key('h', thread), records)
  spread('ZADD', key('m', thread), members)
  index_messages(index, {}, added, function() return more end)
  call('ZADD', key('tu', resource), records.u, thread)
  spread('ZADD', PENDING, pending)
else
  for i = 1, count do
    answer[#answer + 1] = {known[i].position, known[i].time, 1, 0}
    awaiting[#awaiting + 1] = i
  end
end

if #awaiting > 0 then
  local asked = {}
  for at, i in ipairs(awaiting) do asked[at] = listed(known[i].position, thread) end
  local scores = call('ZMSCORE', PENDING, unpack(asked))
  for at, i in ipairs(awaiting) do answer[i + 1][4] = scores[at] and 1 or 0 end
end
return answer
