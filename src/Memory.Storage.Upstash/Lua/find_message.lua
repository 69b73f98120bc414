-- A message with its record; nothing when there is none.
local thread, id = ARGV[2], ARGV[3]
local head = read(key('h', thread), {'r', '#' .. id})
local record = head.r and head['#' .. id] and record_of(head['#' .. id])
if not record or record.revision == 0 then return false end
return {record.position, record.revision, record.fingerprint, call('ZRANGE', key('m', thread), record.position, record.position, 'BYSCORE')[1]}
