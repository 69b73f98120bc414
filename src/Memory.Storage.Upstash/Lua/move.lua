-- Makes a space the current one, and has everything that waited for the one before claimed next.
local model, dimensions, now = ARGV[2], ARGV[3], ARGV[4]
local space = space_now()
if space.model == model and space.dimensions == dimensions then return 0 end
begin_space(space, model, dimensions, false)
call('HDEL', SPACE, 'at')
call('UNLINK', ATTEMPTS)
while true do
  local waiting = call('ZRANGE', PENDING, '(' .. now, '+inf', 'BYSCORE', 'LIMIT', 0, MOST / 2)
  if #waiting == 0 then return 1 end
  local due = {}
  for _, member in ipairs(waiting) do
    due[#due + 1] = now
    due[#due + 1] = member
  end
  spread('ZADD', PENDING, due)
end
