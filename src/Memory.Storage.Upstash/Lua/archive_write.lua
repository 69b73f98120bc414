-- Writes messages of distinct ids into a thread, with the positions they have elsewhere, all or none; those that are there stay. Gives 'written', how many were not there, and how many of these
-- await their vectors; 'conflict' and the positions in whose way something stands; or 'taken', when the thread is another resource's. Only 'written' has written anything.
local thread, resource, created, updated, last_position, version, title, metadata, is_last, now, due, model, dimensions, seconds, place, time_to_live = unpack(ARGV, 2, 17)
local count = tonumber(ARGV[18])
local function argument(i, name) return ARGV[18 + (i - 1) * 11 + name] end
local ID, POSITION, REVISION, FINGERPRINT, ROLE, TIME, MEMBER, TERMS, METADATA, CONTENT, EMBEDDED = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

local fields = {'r', 'k', 'u', 'l', 'n', 'v', 'e', 's', 'f', 'z'}
for i = 1, count do fields[#fields + 1] = '#' .. argument(i, ID) end
local head = read(key('h', thread), fields)
if head.r and head.r ~= resource then return {'taken'} end

local last = tonumber(head.l or 0)
local added, conflicts, blocks, greatest = {}, {'conflict'}, {}, last
for i = 1, count do
  local record, position = head['#' .. argument(i, ID)], tonumber(argument(i, POSITION))
  if not record then
    added[#added + 1] = {
      id = argument(i, ID), position = position, revision = argument(i, REVISION), fingerprint = argument(i, FINGERPRINT), role = argument(i, ROLE), time = argument(i, TIME),
      member = argument(i, MEMBER), terms = argument(i, TERMS), metadata = argument(i, METADATA), content = argument(i, CONTENT), is_embedded = argument(i, EMBEDDED) == '1',
    }
    local block = position <= last and block_field(head.k, position)
    if block and blocks[#blocks] ~= block then blocks[#blocks + 1] = block end
    greatest = math.max(greatest, position)
  else
    record = record_of(record)
    if record.revision == 0 or record.position ~= position or record.fingerprint ~= argument(i, FINGERPRINT) then conflicts[#conflicts + 1] = position end
  end
end
local rows, placed = read(key('w', resource), blocks), {}
for _, message in ipairs(added) do
  local position = message.position
  if placed[position] or (position <= last and row_in(rows[block_field(head.k, position)], position)) then conflicts[#conflicts + 1] = position end
  placed[position] = true
end
if #conflicts > 1 then return conflicts end

local changes = {l = greatest, u = head.u or created}
if is_last == '1' then changes.l, changes.u = math.max(greatest, tonumber(last_position)), now_or_later(changes.u, updated) end
if changes.l > LAST_POSITION then return too_long() end
local is_newer = not head.r or tonumber(version) > tonumber(head.v)
if is_newer then
  local none -- a thread that is made has no field to be removed
  if head.r then none = false end
  changes.v, changes.t, changes.m = version, title ~= '' and title or none, metadata ~= '' and metadata or none
  changes.z = time_to_live ~= '' and time_to_live or none
end
if not head.r then changes.c = created end
if #added == 0 and not is_newer and changes.l == last and changes.u == head.u then return {'written', 0, 0} end
local how = {now = now, due = due, seconds = seconds, place = place, model = model, dimensions = dimensions}
local pending = add_messages(thread, resource, head, changes, added, how)
if is_newer and time_to_live ~= (head.z or '') then place_by_time_to_live(thread, changes.u, time_to_live) end
return {'written', #added, pending}
