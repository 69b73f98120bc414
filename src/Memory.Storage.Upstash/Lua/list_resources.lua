-- A page of resources by id, each with its time of creation; one more than asked for if there are more.
local limit, after = tonumber(ARGV[2]) + 1, ARGV[3]
local page = {}
for i, resource in ipairs(call('ZRANGE', RESOURCES, after ~= '' and '(' .. after or '-', '+', 'BYLEX', 'LIMIT', 0, limit)) do
  page[i] = {resource, call('HGET', key('w', resource), 'c')}
end
return page
