-- The next threads that have not changed since a time and have no time to live of their own, resource by resource, from a place in one on. Gives the resource, the score and the thread to go on
-- behind (without a score, with the resource's first), or three empty texts at the end; then for each thread its id, its resource, and its time of change.
local since, limit, looks, most, resource, score, id = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7], ARGV[8]
local page = {'', '', ''}
for i, name in ipairs(call('ZRANGE', RESOURCES, resource ~= '' and '[' .. resource or '-', '+', 'BYLEX', 'LIMIT', 0, most + 1)) do
  if i > most then
    page[1] = name
    return page
  end
  local set = key('tu', name)
  local at = name == resource and score ~= '' and rank_behind(set, score, id) or 0
  local stop = math.min(call('ZCOUNT', set, '-inf', since), at + looks)
  if at < stop then
    local part, threads = call('ZRANGE', set, at, stop - 1, 'WITHSCORES'), {}
    for j = 1, #part, 2 do threads[#threads + 1] = part[j] end
    local own = call('ZMSCORE', OWN, unpack(threads))
    for j, thread in ipairs(threads) do
      local updated = format('%.0f', tonumber(part[2 * j]))
      if not own[j] then page[#page + 1] = {thread, name, updated} end
      if #page - 3 == limit or j == looks then
        page[1], page[2], page[3] = name, updated, thread
        return page
      end
    end
    looks = looks - #threads
  end
end
return page
