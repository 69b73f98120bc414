-- What the scripts share. They make the names of their keys themselves; a caller that knows all of them declares them too, so that only these are locked.
--
-- h:<thread>    hash: r resource, k number within it, c created, u updated, l last position, n messages, v version, t title, m metadata, z own time to live in seconds, e of n are embedded in space s,
--               f and g the sequence numbers of its first and last message, x the last change's token, q the beginning of its content keys; #<id> is the record of a message, which stays when the message goes
-- m:<thread>    sorted set: position -> a message: role, time, the rest as JSON, a line feed, its id
-- w:<resource>  hash: c created, k threads so far, n messages so far, d of them there, e and s as above; T<number> a thread's id; D<thread>:<block> rows of 64 messages by
--               position; F<term> in how many messages; B<block>:<term> where in each 1,024 messages; M<thread>:<position> metadata; K<content> where a content is that has a vector
-- k:<id>, ks    access keys, and their ids (UpstashKeyStore.cs); o: and what begins with o: operations (UpstashOperationStore.cs)
-- tc:, tu:<resource>  sorted sets: time of creation, and of change -> thread
-- y:t:<thread>, y:r:<resource>  hash: a working memory document
-- x:<resource>:<number>, xs:<resource>, xr  what a large thread left behind: its records, the numbers of such threads, and the resources that have any
-- xt            sorted set of the threads with a time to live of their own: when it is over, or earlier -> thread; an append changes nothing here
-- er            sorted set: when a resource was erased -> a hash of its id
-- rs            sorted set of resources; pe sorted set: due time -> a message that awaits its vector, pa its attempts; sp the space of the vectors
local call, floor, concat = redis.call, math.floor, table.concat
local byte, char, sub, match, format = string.byte, string.char, string.sub, string.match, string.format
local BLOCK, ROWS, ROW, ENTRY, MOST = 1024, 64, 30, 12, 3900

local prefix = ARGV[1]
local function key(kind, id) return prefix .. ':' .. kind .. ':' .. id end
local RESOURCES, PENDING, ATTEMPTS, SPACE = prefix .. ':rs', prefix .. ':pe', prefix .. ':pa', prefix .. ':sp'

-- Numbers of so many characters of 64, as Packed.cs makes them.
local function pack(number, width)
  local text = ''
  for _ = 1, width do
    text = char(48 + number % 64) .. text
    number = floor(number / 64)
  end
  return text
end

local function number_at(text, at, width)
  local number = 0
  for i = at, at + width - 1 do number = number * 64 + byte(text, i) - 48 end
  return number
end

-- The values of fields, by field; false where there is none.
local function read(hash, fields)
  local values = {}
  for first = 1, #fields, MOST do
    local last = math.min(first + MOST - 1, #fields)
    local part = call('HMGET', hash, unpack(fields, first, last))
    for i = first, last do values[fields[i]] = part[i - first + 1] end
  end
  return values
end

-- A command over any number of arguments, a bounded and even number at a time.
local function spread(command, target, arguments)
  for first = 1, #arguments, MOST do
    call(command, target, unpack(arguments, first, math.min(first + MOST - 1, #arguments)))
  end
end

-- Writes fields; those with false are removed.
local function write(hash, values)
  local set, gone = {}, {}
  for field, value in pairs(values) do
    if value then
      set[#set + 1] = field
      set[#set + 1] = value
    else
      gone[#gone + 1] = field
    end
  end
  spread('HSET', hash, set)
  spread('HDEL', hash, gone)
end

-- A message's record: position, revision (0 when it is gone), fingerprint, time, content key or -, sequence number, terms with their counts.
local function record_of(text)
  local position, revision, fingerprint, time, content, sequence, terms = match(text, '^(%d+) (%d+) (%S+) (%S+) ?(%S*) ?(%S*) ?(.*)$')
  return {
    position = tonumber(position), revision = tonumber(revision), fingerprint = fingerprint, time = time, content = content,
    sequence = tonumber(sequence), terms = terms,
  }
end

local function record_text(record)
  return concat({record.position, record.revision, record.fingerprint, record.time, record.content, record.sequence, record.terms}, ' ')
end

-- What remains of a record: the id stays taken.
local function record_gone(record)
  return concat({record.position, 0, record.fingerprint, record.time}, ' ')
end

-- What lists a message among those that await their vectors.
local function listed(position, thread) return pack(position, 5) .. thread end

-- The space that vectors are of now; its key is false before the first.
local function space_now() return read(SPACE, {'key', 'model', 'dimensions'}) end

-- Makes a space the current one. Whatever is there already has to be listed for it, which is done step by step: todo says how far that is.
local function begin_space(before, model, dimensions, is_first_thing)
  local space = {key = tostring(tonumber(before.key or 0) + 1), model = model, dimensions = dimensions}
  call('HSET', SPACE, 'key', space.key, 'model', model, 'dimensions', dimensions, 'todo', is_first_thing and 'done' or '', 'thread', 0, 'position', 0)
  return space
end

-- How many messages of a thread or resource are embedded in the current space.
local function embedded_count(counters, space)
  return space.key and counters.s == space.key and tonumber(counters.e) or 0
end

local function row_of(message)
  return pack(message.length, 4) .. message.role .. message.time .. pack(message.sequence, 5) .. pack(message.space, 3) .. pack(message.appended, 6)
end

local function block_field(thread, position) return 'D' .. thread .. ':' .. floor((position - 1) / ROWS) end

-- The row of a position in its block; nil where there is no message.
local function row_in(block, position)
  local at = (position - 1) % ROWS * ROW
  if not block or #block <= at or byte(block, at + 1) == 45 then return nil end
  return sub(block, at + 1, at + ROW)
end

local function with_row(block, position, row)
  local at = (position - 1) % ROWS * ROW
  block = block or ''
  if #block < at then block = block .. string.rep('-', at - #block) end
  return sub(block, 1, at) .. (row or string.rep('-', ROW)) .. sub(block, at + ROW + 1)
end

local function without_entry(postings, thread, position)
  local wanted = pack(thread, 4) .. pack(position, 5)
  for at = 1, #postings, ENTRY do
    if sub(postings, at, at + 8) == wanted then
      postings = sub(postings, 1, at - 1) .. sub(postings, at + ENTRY)
      break
    end
  end
  return #postings > 0 and postings or false
end

-- Takes messages out of a resource's index and puts others in, reading and writing each field once. A message: thread (its number), position, sequence, terms, and the row it gets;
-- one that is taken out is told the row it had (before). finish gives further fields to write.
local function index_messages(index, removed, added, finish)
  local seen, fields = {}, {}
  local function want(field)
    if not seen[field] then
      seen[field] = true
      fields[#fields + 1] = field
    end
  end
  local function visit(message)
    want(block_field(message.thread, message.position))
    local block = 'B' .. floor(message.sequence / BLOCK) .. ':'
    for term in string.gmatch(message.terms, '(%S+) %d+') do
      want('F' .. term)
      want(block .. term)
    end
  end
  for _, message in ipairs(removed) do visit(message) end
  for _, message in ipairs(added) do visit(message) end
  local values = read(index, fields)
  for _, message in ipairs(removed) do
    local field, block = block_field(message.thread, message.position), 'B' .. floor(message.sequence / BLOCK) .. ':'
    message.before = row_in(values[field], message.position)
    values[field] = with_row(values[field], message.position, nil)
    for term in string.gmatch(message.terms, '(%S+) %d+') do
      local holders = tonumber(values['F' .. term] or 1) - 1
      values['F' .. term] = holders > 0 and holders
      values[block .. term] = without_entry(values[block .. term] or '', message.thread, message.position)
    end
  end
  for _, message in ipairs(added) do
    local field, block = block_field(message.thread, message.position), 'B' .. floor(message.sequence / BLOCK) .. ':'
    local place = pack(message.thread, 4) .. pack(message.position, 5)
    values[field] = with_row(values[field], message.position, message.row)
    for term, times in string.gmatch(message.terms, '(%S+) (%d+)') do
      values['F' .. term] = tonumber(values['F' .. term] or 0) + 1
      values[block .. term] = (values[block .. term] or '') .. place .. pack(tonumber(times), 3)
    end
  end
  for field, value in pairs(finish()) do values[field] = value end
  write(index, values)
end

local function space_in(row) return number_at(row, 22, 3) end

local function now_or_later(before, now) return format('%.0f', math.max(tonumber(before or 0), tonumber(now))) end

local function unlist(members)
  spread('ZREM', PENDING, members)
  spread('HDEL', ATTEMPTS, members)
end

-- Makes a resource that is not there yet.
local function ensure_resource(resource, counters, now)
  if not counters.c then
    call('HSET', key('w', resource), 'c', now)
    call('ZADD', RESOURCES, 0, resource)
  end
end

local function length_of(terms)
  local length = 0
  for times in string.gmatch(terms, '%S+ (%d+)') do length = length + tonumber(times) end
  return length
end
