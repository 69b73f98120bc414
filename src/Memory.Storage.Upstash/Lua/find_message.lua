-- A message with its record; nothing when there is none, or the thread is not the resource's that is named.
local thread, id, owner = unpack(ARGV, 2, 4)
local head = read(key('h', thread), {'r', '#' .. id})
local record = head.r and head['#' .. id] and record_of(head['#' .. id])
if not record or record.revision == 0 or (owner ~= '' and head.r ~= owner) then return false end
return {record.position, record.revision, record.fingerprint, call('ZRANGE', key('m', thread), record.position, record.position, 'BYSCORE')[1]}
