-- Writes a working memory document if the stored version is the one given. Gives 1, 0 when it is another, or 'no_thread'.
local owner, id, expected, version, is_json, updated, text, token, resource = unpack(ARGV, 2, 10)
if owner == 't' then
  local found = call('HGET', key('h', id), 'r')
  if not found or (resource ~= '' and found ~= resource) then return 'no_thread' end
else
  ensure_resource(id, read(key('w', id), {'c'}), updated)
end
local document = key('y', owner .. ':' .. id)
local stored = read(document, {'v', 'x'})
if stored.x ~= token then
  if expected ~= '' and expected ~= (stored.v or '0') then return 0 end
  call('HSET', document, 'v', version, 'j', is_json, 'u', updated, 'd', text, 'x', token)
end
return 1
