-- Replaces a message that is still at the revision that was read, with its terms and metadata; its time stays. Gives 1, or 0 when it has changed or gone.
local thread, id, revision, now, token, role, member, terms, metadata, is_same_text, due, seconds, place, owner = unpack(ARGV, 2, 15)
local field = '#' .. id
local head = read(key('h', thread), {'r', 'k', 'u', 'e', 's', 'x', field})
if head.r and owner ~= '' and head.r ~= owner then return 0 end
if head.r and head.x == token then return 1 end -- sent again after the answer was lost
local record = head[field] and record_of(head[field])
if not head.r or not record or record.revision ~= tonumber(revision) or record.revision == 0 then return 0 end

local index = key('w', head.r)
local counters = read(index, {'e', 's'})
local space = space_now()
local before = {thread = tonumber(head.k), position = record.position, sequence = record.sequence, terms = record.terms}
local after = {thread = before.thread, position = before.position, sequence = before.sequence, terms = terms}
local row = row_in(call('HGET', index, block_field(before.thread, before.position)), before.position)
local was_embedded = space.key and space_in(row) == tonumber(space.key)
local stays_embedded = is_same_text == '1' and space_in(row) or 0
after.row = row_of({length = length_of(terms), role = role, time = record.time, sequence = record.sequence, space = stays_embedded, appended = tonumber(seconds)})

local changes, more = {x = token, u = now_or_later(head.u, now)}, {}
more['M' .. before.thread .. ':' .. before.position] = metadata ~= '' and metadata
if is_same_text ~= '1' then
  more['K' .. place .. record.content] = false
  record.content = '-'
  if was_embedded then
    changes.e, changes.s = embedded_count(head, space) - 1, space.key
    more.e, more.s = embedded_count(counters, space) - 1, space.key
  end
  unlist({listed(record.position, thread)})
  if due ~= '' or space.key then call('ZADD', PENDING, due ~= '' and due or now, listed(record.position, thread)) end
end
record.revision, record.terms = record.revision + 1, terms
changes[field] = record_text(record)
call('ZREMRANGEBYSCORE', key('m', thread), record.position, record.position)
call('ZADD', key('m', thread), record.position, member)
write(key('h', thread), changes)
index_messages(index, {before}, {after}, function() return more end)
call('ZADD', key('tu', head.r), changes.u, thread)
return 1
