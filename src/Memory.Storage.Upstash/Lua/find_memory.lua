-- A thread's working memory document, if the thread is the resource's that is named: its version, whether it is JSON, its time and its text. Nothing when there is none.
if call('HGET', key('h', ARGV[2]), 'r') ~= ARGV[3] then return false end
return call('HMGET', key('y', 't:' .. ARGV[2]), 'v', 'j', 'u', 'd')
