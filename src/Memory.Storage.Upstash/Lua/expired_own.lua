-- The next threads whose own time to live is over, in order of their scores and from a place behind one on. A thread that has changed since it got its score is given the one it has now, which lies
-- behind all of these. Gives the score and the thread to go on behind, or two empty texts at the end; then for each thread its id, its resource, and its time of change.
local now, limit, looks, score, id = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
local at = score ~= '' and rank_behind(OWN, score, id) or 0
local part = call('ZRANGE', OWN, at, at + looks - 1, 'WITHSCORES')
local page = {'', ''}
for i = 1, #part, 2 do
  local thread = part[i]
  if tonumber(part[i + 1]) > now then return page end
  local head = read(key('h', thread), {'r', 'u', 'z'})
  if not head.z then
    call('ZREM', OWN, thread)
  else
    local due = tonumber(head.u) + tonumber(head.z) * 1000000
    if due > now then call('ZADD', OWN, format('%.0f', due), thread) else page[#page + 1] = {thread, head.r, head.u} end
  end
  if #page - 2 == limit or i + 1 == 2 * looks then
    page[1], page[2] = format('%.0f', tonumber(part[i + 1])), thread
    return page
  end
end
return page
