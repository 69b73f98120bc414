-- Takes messages off the list for a while. Each counts one more attempt. Gives for each: thread, position, revision, fingerprint, message, attempts. What is not there any more is dropped.
local limit, now, until_ = ARGV[2], ARGV[3], ARGV[4]
local due = call('ZRANGE', PENDING, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)
if #due == 0 then return {} end
local attempts = read(ATTEMPTS, due)
local claimed, gone, later, counted = {}, {}, {}, {}
for _, member in ipairs(due) do
  local thread, position = sub(member, 6), number_at(member, 1, 5)
  local message = call('ZRANGE', key('m', thread), position, position, 'BYSCORE')[1]
  local record = message and call('HGET', key('h', thread), '#' .. match(message, '\n([^\n]*)$'))
  if record then
    record = record_of(record)
    local times = tonumber(attempts[member] or 0) + 1
    claimed[#claimed + 1] = {thread, position, record.revision, record.fingerprint, message, times}
    later[#later + 1] = until_
    later[#later + 1] = member
    counted[#counted + 1] = member
    counted[#counted + 1] = times
  else
    gone[#gone + 1] = member
  end
end
unlist(gone)
spread('ZADD', PENDING, later)
spread('HSET', ATTEMPTS, counted)
return claimed
