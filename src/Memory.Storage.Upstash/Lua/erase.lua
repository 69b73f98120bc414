-- Removes some of a resource's threads, with the operations that name no resource and work on them. Gives how many threads, messages, working memory documents and operations that were, and
-- how much was found of the threads that the step before removed; then each thread with its last position, for the next step. When none are left, removes the rest of the resource, and gives -1
-- in place of the threads.
local resource, budget = ARGV[2], tonumber(ARGV[3])
local threads, messages, documents, operations, leftovers = 0, 0, 0, 0, 0

local function listed_of(thread, last)
  local members = {}
  for position = 1, last do members[position] = listed(position, thread) end
  return members
end

for at = 4, #ARGV, 2 do
  local thread = ARGV[at]
  -- One that was made anew is among the resource's threads again, or is another's.
  if call('EXISTS', key('h', thread)) == 0 then
    leftovers = leftovers + call('EXISTS', key('m', thread), key('y', 't:' .. thread)) + (call('ZSCORE', prefix .. ':xt', thread) and 1 or 0)
    local members = listed_of(thread, tonumber(ARGV[at + 1]))
    for first = 1, #members, MOST do
      for _, score in ipairs(call('ZMSCORE', PENDING, unpack(members, first, math.min(first + MOST - 1, #members)))) do
        if score then leftovers = leftovers + 1 end
      end
    end
  end
end

local removed = {}
for _, thread in ipairs(call('ZRANGE', key('tc', resource), 0, 19)) do
  if budget > 0 then
    local head = read(key('h', thread), {'l', 'n', 'z'})
    local last = tonumber(head.l or 0)
    -- With their thread gone nobody could tell any more whose they were.
    while true do
      local part = call('SPOP', key('ot', thread), 1000)
      if #part == 0 then break end
      for _, id in ipairs(part) do
        local of = call('HMGET', key('o', id), 'r', 't')
        if of[1] == '' and of[2] == thread then operations = operations + call('UNLINK', key('o', id)) end
      end
    end
    unlist(listed_of(thread, last))
    documents = documents + call('UNLINK', key('y', 't:' .. thread))
    call('UNLINK', key('h', thread), key('m', thread))
    call('ZREM', key('tc', resource), thread)
    call('ZREM', key('tu', resource), thread)
    if head.z then call('ZREM', prefix .. ':xt', thread) end
    threads, messages, budget = threads + 1, messages + tonumber(head.n or 0), budget - last
    removed[#removed + 1] = thread
    removed[#removed + 1] = last
  end
end
if threads > 0 then return {threads, messages, documents, operations, leftovers, unpack(removed)} end

documents = call('UNLINK', key('y', 'r:' .. resource))
while true do
  local part = call('SPOP', key('or', resource), 1000)
  if #part == 0 then break end
  for i, id in ipairs(part) do part[i] = key('o', id) end
  operations = operations + call('UNLINK', unpack(part))
end
for _, number in ipairs(call('SMEMBERS', key('xs', resource))) do call('UNLINK', key('x', resource .. ':' .. number)) end
call('UNLINK', key('w', resource), key('tc', resource), key('tu', resource), key('xs', resource))
call('SREM', prefix .. ':xr', resource)
call('ZREM', RESOURCES, resource)
return {-1, 0, documents, operations, leftovers}
