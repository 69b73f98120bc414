-- What both walks over threads share.
local OWN = prefix .. ':xt'
-- The rank of the first member behind a place, whether or not anything stands there still: a member is put there for a moment, and no id has the character that it ends in.
local function rank_behind(set, score, id)
  local place = id .. '\1'
  call('ZADD', set, score, place)
  local rank = call('ZRANK', set, place)
  call('ZREM', set, place)
  return rank
end
