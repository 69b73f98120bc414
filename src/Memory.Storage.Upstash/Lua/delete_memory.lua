-- Removes a working memory document. Gives 1, or 0 when there is none, another version, or the thread is not the resource's that is named.
if ARGV[5] ~= '' and call('HGET', key('h', ARGV[3]), 'r') ~= ARGV[5] then return 0 end
local document = key('y', ARGV[2] .. ':' .. ARGV[3])
local version = call('HGET', document, 'v')
if not version or (ARGV[4] ~= '' and ARGV[4] ~= version) then return 0 end
call('UNLINK', document)
return 1
