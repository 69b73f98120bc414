-- Where a thread stands in the order of when it may be removed, once its own time to live is set, changed or, as '', taken from it. What changes the thread later does not come here: whoever
-- looks at it then finds its time of change, and puts it where it belongs.
local function place_by_time_to_live(thread, updated, seconds)
  local own = prefix .. ':xt'
  if seconds == '' then call('ZREM', own, thread) else call('ZADD', own, format('%.0f', tonumber(updated) + tonumber(seconds) * 1000000), thread) end
end
