-- Notes that messages have their vectors, and takes them off the list, if they still are what was embedded. Gives how many; 'other_space', model and dimensions when these are others.
local model, dimensions, seconds = ARGV[2], ARGV[3], ARGV[4]
local space = space_now()
if space.key and (space.model ~= model or space.dimensions ~= dimensions) then return {'other_space', space.model, space.dimensions} end
if not space.key then space = begin_space(space, model, dimensions, call('EXISTS', RESOURCES) == 0) end

local count, at, done = tonumber(ARGV[5]), 5, 0
for _ = 1, count do
  local thread, place, messages, fields = ARGV[at + 1], ARGV[at + 2], {}, {'r', 'k', 'e', 's'}
  local number_of_messages = tonumber(ARGV[at + 3])
  at = at + 3
  for i = 1, number_of_messages do
    messages[i] = {id = ARGV[at + 1], revision = tonumber(ARGV[at + 2]), fingerprint = ARGV[at + 3], content = ARGV[at + 4]}
    fields[#fields + 1] = '#' .. messages[i].id
    at = at + 4
  end
  local head = read(key('h', thread), fields)
  if head.r then
    local current, rows = {}, {'e', 's'}
    for _, message in ipairs(messages) do
      local record = head['#' .. message.id] and record_of(head['#' .. message.id])
      if record and record.revision == message.revision and record.revision > 0 and record.fingerprint == message.fingerprint then
        current[#current + 1] = {record = record, field = '#' .. message.id, content = message.content}
        rows[#rows + 1] = block_field(head.k, record.position)
      end
    end
    local index = key('w', head.r)
    local values = read(index, rows)
    local fresh, changes, more, members = 0, {}, {}, {}
    for _, message in ipairs(current) do
      local record, block = message.record, block_field(head.k, message.record.position)
      local row = row_in(more[block] or values[block], record.position)
      if space_in(row) ~= tonumber(space.key) then fresh = fresh + 1 end
      more[block] = with_row(more[block] or values[block], record.position, sub(row, 1, 21) .. pack(tonumber(space.key), 3) .. pack(tonumber(seconds), 6))
      if record.content ~= message.content and record.content ~= '-' then more['K' .. place .. record.content] = false end
      more['K' .. place .. message.content] = head.k .. ':' .. record.position
      record.content = message.content
      changes[message.field] = record_text(record)
      members[#members + 1] = listed(record.position, thread)
    end
    if #current > 0 then
      changes.e, changes.s = embedded_count(head, space) + fresh, space.key
      more.e, more.s = embedded_count(values, space) + fresh, space.key
      write(key('h', thread), changes)
      write(index, more)
      unlist(members)
      done = done + #current
    end
  end
end
return {'put', done}
