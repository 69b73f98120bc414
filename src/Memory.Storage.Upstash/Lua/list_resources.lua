-- A page of resources by id, between two ends as ZRANGE takes them, each with its time of creation; one more than asked for if there are more.
local limit, from, to = tonumber(ARGV[2]) + 1, ARGV[3], ARGV[4]
local page = {}
for i, resource in ipairs(call('ZRANGE', RESOURCES, from, to, 'BYLEX', 'LIMIT', 0, limit)) do
  page[i] = {resource, call('HGET', key('w', resource), 'c')}
end
return page
