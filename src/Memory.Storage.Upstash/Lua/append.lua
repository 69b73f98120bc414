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
if last + fresh > LAST_POSITION then return too_long() end

local added = {}
for i = 1, count do
  if not known[i] then
    last = last + 1
    added[#added + 1] = {
      id = argument(i, ID), position = last, revision = 1, fingerprint = argument(i, FINGERPRINT), role = argument(i, ROLE), time = argument(i, TIME), member = argument(i, MEMBER),
      terms = argument(i, TERMS), metadata = argument(i, METADATA), content = argument(i, CONTENT), is_embedded = model ~= '',
    }
  end
end
local pending = 0
if fresh > 0 then
  local changes = {l = last, u = now_or_later(head.u, now)}
  if not head.r then changes.c, changes.v = now, now end
  pending = add_messages(thread, resource, head, changes, added, {now = now, due = due, seconds = seconds, place = place, model = model, dimensions = dimensions})
end

local answer, awaiting, at = {'appended'}, {}, 0
for i = 1, count do
  if known[i] then
    answer[i + 1] = {known[i].position, known[i].time, 1, 0}
    awaiting[#awaiting + 1] = i
  else
    at = at + 1
    answer[i + 1] = {added[at].position, added[at].time, 0, pending > 0 and 1 or 0}
  end
end
if #awaiting > 0 then
  local asked = {}
  for at, i in ipairs(awaiting) do asked[at] = listed(known[i].position, thread) end
  local scores = call('ZMSCORE', PENDING, unpack(asked))
  for at, i in ipairs(awaiting) do answer[i + 1][4] = scores[at] and 1 or 0 end
end
return answer
