-- Before an append of what was accepted earlier: nothing is written when its resource was erased then or since. The last two arguments are the resource's mark and the time of acceptance.
local erased = call('ZSCORE', prefix .. ':er', ARGV[#ARGV - 1])
if erased and tonumber(erased) >= tonumber(ARGV[#ARGV]) then return {'erased'} end
