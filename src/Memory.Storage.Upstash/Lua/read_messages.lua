-- Pieces of threads, of those alone that are the resource's that is named. Gives for each thread this resource, or nothing, and then each piece, of other threads as empty.
local owner, count = ARGV[2], tonumber(ARGV[3])
local is_owned, answers = {}, {}
for i = 1, count do
  local thread = ARGV[3 + i]
  is_owned[thread] = call('HGET', key('h', thread), 'r') == owner
  answers[i] = is_owned[thread] and owner
end
for at = 4 + count, #ARGV, 4 do
  local thread, from, to, by = unpack(ARGV, at, at + 3)
  answers[#answers + 1] = is_owned[thread] and call('ZRANGE', key('m', thread), from, to, by, 'WITHSCORES') or {}
end
return answers
