-- Leaves claimed messages for later, unless they were listed anew or have left the list.
local due = ARGV[2]
local members, later = {}, {}
for at = 3, #ARGV, 3 do members[#members + 1] = listed(tonumber(ARGV[at + 1]), ARGV[at]) end
local attempts = read(ATTEMPTS, members)
for i, member in ipairs(members) do
  if attempts[member] == ARGV[3 * i + 2] then
    later[#later + 1] = due
    later[#later + 1] = member
  end
end
for first = 1, #later, MOST do call('ZADD', PENDING, 'XX', unpack(later, first, math.min(first + MOST - 1, #later))) end
return 1
