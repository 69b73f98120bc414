-- A thread's next messages as they are stored, while they have no more bytes than asked for; one is read whatever its size. Gives the model and the dimensions of the vectors there are, whether
-- others follow, and for each message: it, its position, revision and fingerprint, and whether it has its vectors. Nothing when there is no such thread, or it is not its owner's.
local thread, after, limit, most, with_vectors, owner = unpack(ARGV, 2, 7)
limit, most = tonumber(limit), tonumber(most)
local head = read(key('h', thread), {'r', 'k'})
if not head.r or (owner ~= '' and head.r ~= owner) then return false end

-- A bounded number at a time: messages may be large, and most of them not wanted then.
local found, fields, bytes, has_more = {}, {}, 0, 0
repeat
  local asked = math.min(100, limit + 1 - #found)
  local part = call('ZRANGE', key('m', thread), '(' .. after, '+inf', 'BYSCORE', 'LIMIT', 0, asked, 'WITHSCORES')
  for i = 1, #part, 2 do
    bytes = bytes + #part[i]
    if #found == limit or (#found > 0 and bytes > most) then
      has_more = 1
      break
    end
    fields[#fields + 1] = '#' .. match(part[i], '\n([^\n]*)$')
    found[#found + 1] = {part[i], part[i + 1]}
  end
  after = part[#part]
until has_more == 1 or #part < 2 * asked

local records, space, blocks = read(key('h', thread), fields), space_now(), {}
if with_vectors == '1' and space.key then
  for _, message in ipairs(found) do
    local block = block_field(head.k, message[2])
    if blocks[#blocks] ~= block then blocks[#blocks + 1] = block end
  end
end
local rows = read(key('w', head.r), blocks)
for i, message in ipairs(found) do
  local record = record_of(records[fields[i]])
  local row = row_in(rows[block_field(head.k, record.position)], record.position)
  message[3], message[4], message[5] = record.revision, record.fingerprint, row and space_in(row) == tonumber(space.key) and 1 or 0
end
return {space.model or '', space.dimensions or '0', has_more, found}
