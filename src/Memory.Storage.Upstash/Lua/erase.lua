-- Removes some of a resource's threads; gives how many threads, messages and working memory documents that were. When none are left, removes the rest of the resource,
-- and gives -1, the documents and the operations.
local resource, budget = ARGV[2], tonumber(ARGV[3])
local threads, messages, documents = 0, 0, 0
for _, thread in ipairs(call('ZRANGE', key('tc', resource), 0, 19)) do
  if budget > 0 then
    local head = read(key('h', thread), {'l', 'n'})
    local members = {}
    for position = 1, tonumber(head.l or 0) do members[position] = listed(position, thread) end
    unlist(members)
    documents = documents + call('UNLINK', key('y', 't:' .. thread))
    call('UNLINK', key('h', thread), key('m', thread))
    call('ZREM', key('tc', resource), thread)
    call('ZREM', key('tu', resource), thread)
    threads, messages, budget = threads + 1, messages + tonumber(head.n or 0), budget - tonumber(head.l or 0)
  end
end
if threads > 0 then return {threads, messages, documents} end

documents = call('UNLINK', key('y', 'r:' .. resource))
local operations = 0
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
return {-1, 0, documents, operations}
