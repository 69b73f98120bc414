-- What the scripts that bring messages share, beside what all do.

-- A thread's greatest position; the index has no room for more.
local LAST_POSITION = 268435455
local function too_long() return redis.error_reply('ERR a thread holds at most ' .. LAST_POSITION .. ' positions') end

-- Adds messages to a thread and to its resource's index; either is made if it is not there. A message: id, position, revision, fingerprint, role, time, member, terms, metadata, content, and
-- whether its vectors come with it, which counts when they are of the current space, or of the first. head: the thread's r, k, n, e, s and f. changes: what else becomes of it, at least its l
-- and u, and c and v when it is made. how: now, due, seconds, place, and the vectors' model and dimensions. Gives how many messages await their vectors.
local function add_messages(thread, resource, head, changes, messages, how)
  local index = key('w', resource)
  local counters = read(index, {'c', 'k', 'n', 'd', 'e', 's'})
  local space, embedded = space_now(), 0
  for _, message in ipairs(messages) do
    if message.is_embedded then embedded = embedded + 1 end
  end
  if embedded > 0 and not space.key then
    space = begin_space(space, how.model, how.dimensions, call('EXISTS', RESOURCES) == 0)
  elseif embedded > 0 and (space.model ~= how.model or space.dimensions ~= how.dimensions) then
    embedded = 0
  end
  -- Without an embedder nobody works the list off, and it is kept only where vectors are: the next embedder then finds what it missed.
  local keeps_list = how.due ~= '' or space.key

  local sequence, number = tonumber(counters.n or 0), tonumber(head.k or counters.k or 0)
  if not head.k then number = number + 1 end
  local first, added, members, pending, more = sequence, {}, {}, {}, {}
  for i, message in ipairs(messages) do
    local is_embedded = embedded > 0 and message.is_embedded
    local content = is_embedded and message.content or '-'
    added[i] = {
      thread = number, position = message.position, sequence = sequence, terms = message.terms,
      row = row_of({
        length = length_of(message.terms), role = message.role, time = message.time, sequence = sequence,
        space = is_embedded and tonumber(space.key) or 0, appended = tonumber(how.seconds),
      }),
    }
    changes['#' .. message.id] = record_text({
      position = message.position, revision = message.revision, fingerprint = message.fingerprint, time = message.time, content = content, sequence = sequence, terms = message.terms,
    })
    if message.metadata ~= '' then more['M' .. number .. ':' .. message.position] = message.metadata end
    if is_embedded then
      more['K' .. how.place .. content] = number .. ':' .. message.position
    elseif keeps_list then
      pending[#pending + 1] = how.due ~= '' and how.due or how.now
      pending[#pending + 1] = listed(message.position, thread)
    end
    members[#members + 1] = message.position
    members[#members + 1] = message.member
    sequence = sequence + 1
  end

  changes.n = tonumber(head.n or 0) + #messages
  more.n, more.d = sequence, tonumber(counters.d or 0) + #messages
  if #messages > 0 then
    changes.g = sequence - 1
    if not head.f then changes.f = first end
  end
  if embedded > 0 then
    changes.e, changes.s = embedded_count(head, space) + embedded, space.key
    more.e, more.s = embedded_count(counters, space) + embedded, space.key
  end
  if not head.r then
    changes.r, changes.k, changes.q = resource, number, how.place
    more.k, more['T' .. number] = number, thread
    call('ZADD', key('tc', resource), changes.c, thread)
  end
  ensure_resource(resource, counters, how.now)
  write(key('h', thread), changes)
  spread('ZADD', key('m', thread), members)
  index_messages(index, {}, added, function() return more end)
  call('ZADD', key('tu', resource), changes.u, thread)
  spread('ZADD', PENDING, pending)
  return #pending / 2
end
