-- Lists the next messages that were there before the current space and have no vector of it. Gives 1 when there may be more.
local now, budget = ARGV[2], tonumber(ARGV[3])
local space = read(SPACE, {'key', 'todo', 'at', 'thread', 'position'})
if not space.key or space.todo == 'done' then return 0 end

local resource, number, position = space.at, tonumber(space.thread), tonumber(space.position)
local function following(id)
  return call('ZRANGE', RESOURCES, id and '(' .. id or '-', '+', 'BYLEX', 'LIMIT', 0, 1)[1]
end
if not resource then
  resource, number, position = following(nil), 1, 0
end
while resource and budget > 0 do
  local index = key('w', resource)
  local threads = tonumber(call('HGET', index, 'k') or 0)
  while number <= threads and budget > 0 do
    local thread = call('HGET', index, 'T' .. number)
    local last = thread and tonumber(call('HGET', key('h', thread), 'l') or 0) or 0
    local stop, fields, pending = math.min(last, position + budget), {}, {}
    for block = floor(position / ROWS), floor((stop - 1) / ROWS) do fields[#fields + 1] = 'D' .. number .. ':' .. block end
    local values = read(index, fields)
    for at = position + 1, stop do
      local row = row_in(values[block_field(number, at)], at)
      if row and space_in(row) ~= tonumber(space.key) then
        pending[#pending + 1] = now
        pending[#pending + 1] = listed(at, thread)
      end
    end
    for first = 1, #pending, MOST do
      call('ZADD', PENDING, 'NX', unpack(pending, first, math.min(first + MOST - 1, #pending)))
    end
    budget = budget - math.max(1, stop - position)
    if stop < last then
      position = stop
    else
      number, position = number + 1, 0
    end
  end
  if number > threads then
    resource, number, position = following(resource), 1, 0
  end
end
if not resource then
  call('HSET', SPACE, 'todo', 'done')
  return 0
end
call('HSET', SPACE, 'at', resource, 'thread', number, 'position', position)
return 1
