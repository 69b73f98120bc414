-- Ranks the messages of a scope by words, and by what an index of vectors found near the question, and reads the best with their neighbours and the thread's last messages.
-- The arithmetic is that of MessageIndex and Fusion in Memory.Core, which say where it comes from.
local thread, resource, whole, top, least, words_weight, vectors_weight, hybrid, model, dimensions, count_pending, roles, from, to, seconds, lag, last, before, after =
  unpack(ARGV, 2, 20)
top, least, seconds, lag, last, before, after = tonumber(top), tonumber(least), tonumber(seconds), tonumber(lag), tonumber(last), tonumber(before), tonumber(after)
local at = 20
local function next_argument()
  at = at + 1
  return ARGV[at]
end

local function next_list(item)
  local list = {}
  for i = 1, tonumber(next_argument()) do list[i] = item() end
  return list
end

local excluded, excluded_list = {}, next_list(next_argument)
local terms = next_list(next_argument)
local nearest = next_list(function() return {content = next_argument(), cosine = tonumber(next_argument())} end)
local function next_value() return {kind = next_argument(), text = next_argument()} end
local conditions = next_list(function()
  local condition = {name = next_argument()}
  condition.is_any = next_argument() == '1'
  condition.any = next_list(next_value)
  condition.bounds = next_list(function() return {above = next_argument() == '1', inclusive = next_argument() == '1', limit = next_value()} end)
  return condition
end)

local number, head
if thread ~= '' then
  head = read(key('h', thread), {'r', 'k', 'n', 'e', 's', 'f', 'g'})
  if not head.r or (resource ~= '' and head.r ~= resource) then return {'no_thread'} end
  resource, number = head.r, tonumber(head.k)
end
local index = key('w', resource)
local counters = read(index, {'c', 'n', 'd', 'e', 's'})
if not counters.c then return {'found', resource, 0, 0, {}, {}} end

local is_whole = thread == '' or whole == '1'
local scope = is_whole and counters or head
local scope_count = tonumber(scope[is_whole and 'd' or 'n'] or 0)
local space = {}
if hybrid == '1' or count_pending == '1' then space = space_now() end
if hybrid == '1' and space.key and (space.model ~= model or space.dimensions ~= dimensions) then
  return {'other_space', space.model, space.dimensions}
end
local is_hybrid = hybrid == '1' and space.key
local pending = count_pending == '1' and scope_count - embedded_count(scope, space) or 0

-- Where each term is, and what was found near.
local WIDE = 268435456
local lowest = is_whole and 0 or tonumber(head.f or 0)
local highest = is_whole and tonumber(counters.n or 0) - 1 or tonumber(head.g or -1)
local fields = {}
for _, term in ipairs(terms) do
  fields[#fields + 1] = 'F' .. term
  for block = floor(lowest / BLOCK), floor(highest / BLOCK) do fields[#fields + 1] = 'B' .. block .. ':' .. term end
end
for _, near in ipairs(nearest) do fields[#fields + 1] = 'K' .. near.content end
local values = read(index, fields)

-- A message's id here is its thread's number and its position in one number, so that dividing it gives the number of its block of rows, and adding to it its neighbours.
local blocks, wanted = {}, {}
local function want(id)
  local block = floor((id - 1) / ROWS)
  if not blocks[block] then
    blocks[block] = true
    wanted[#wanted + 1] = block
  end
end

local cosines = {}
for _, near in ipairs(nearest) do
  local place = values['K' .. near.content]
  if place then
    local of, position = match(place, '^(%d+):(%d+)$')
    of, position = tonumber(of), tonumber(position)
    if is_whole or of == number then
      local id = of * WIDE + position
      if not cosines[id] or cosines[id] < near.cosine then cosines[id] = near.cosine end
      want(id)
    end
  end
end
for _, position in ipairs(excluded_list) do
  local id = number * WIDE + tonumber(position)
  excluded[id] = true
  want(id)
end

-- The postings of each term in scope: id -> how often. One counts for the messages from two before it to three after it, each scored with its own neighbours: rows from five before
-- to five after are needed.
local own, holders = {}, {}
local BIAS4, BIAS5, BIAS3 = 48 * 266305, 48 * 17043521, 48 * 4161
for i, term in ipairs(terms) do
  local counts, hidden = {}, 0
  for block = floor(lowest / BLOCK), floor(highest / BLOCK) do
    local postings = values['B' .. block .. ':' .. term]
    if postings then
      for start = 1, #postings, ENTRY do
        local a, b, c, d, e, f, g, h, j, k, l, m = byte(postings, start, start + 11)
        local of = ((a * 64 + b) * 64 + c) * 64 + d - BIAS4
        local id = of * WIDE + (((e * 64 + f) * 64 + g) * 64 + h) * 64 + j - BIAS5
        if excluded[id] then
          hidden = hidden + 1
        elseif is_whole or of == number then
          counts[id] = (k * 64 + l) * 64 + m - BIAS3
          want(id - 5)
          want(id + 5)
        end
      end
    end
  end
  own[i], holders[i] = counts, tonumber(values['F' .. term] or 0) - hidden
end

local PER_THREAD = WIDE / ROWS
for i, block in ipairs(wanted) do
  local of = floor(block / PER_THREAD)
  wanted[i] = block_field(of, (block - of * PER_THREAD) * ROWS + 1)
  blocks[block] = wanted[i]
end
local rows = read(index, wanted)
for block, field in pairs(blocks) do blocks[block] = rows[field] end
local function row(id) return not excluded[id] and row_in(blocks[floor((id - 1) / ROWS)], id) or nil end

local total = tonumber(counters.d or 0)
for id in pairs(excluded) do
  if row_in(blocks[floor((id - 1) / ROWS)], id) then total = total - 1 end
end

-- BM25 over a message's own counts and a share of its neighbours', in the reference's order of arithmetic.
local K1, B, AVERAGE = 1.2, 0.5, 50
local OFFSETS, SHARES = {0, -1, 1, -2, 2, -3}, {1, 0.7, 0.4, 0.4, 0.2, 0.2}
local texts, lengths, scores, attainable = {}, {}, {}, 0
local function text_of(id)
  local text = texts[id]
  if text == nil then
    text = row(id) or false
    texts[id] = text
  end
  return text
end

local function context_length(id)
  local length = lengths[id]
  if not length then
    length = 0
    for i = 1, 6 do
      local text = text_of(id + OFFSETS[i])
      if text then length = length + SHARES[i] * number_at(text, 1, 4) end
    end
    lengths[id] = length
  end
  return length
end

for i in ipairs(terms) do
  local counts, visited = own[i], {}
  local idf = math.log(1 + (total - holders[i] + 0.5) / (holders[i] + 0.5))
  attainable = attainable + idf * (K1 + 1)
  for id in pairs(counts) do
    if text_of(id) then -- what a thread removed not long ago left behind does not count
      for j = 1, 6 do
        local reached = id - OFFSETS[j]
        if not visited[reached] then
          visited[reached] = true
          if text_of(reached) then
            local tf = 0
            for n = 1, 6 do
              local times = counts[reached + OFFSETS[n]]
              if times then tf = tf + SHARES[n] * times end
            end
            scores[reached] = (scores[reached] or 0) + idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * context_length(reached) / AVERAGE))
          end
        end
      end
    end
  end
end

-- Conditions on metadata are looked up for the best first, until enough have met them.
local function metadata_of(text)
  local found, start = {}, 1
  while start <= #text do
    local name_length, value_length, kind, rest = match(text, '^(%d+) (%d+) (%a)\n()', start)
    local name_end = rest + name_length - 1
    found[sub(text, rest, name_end)] = {kind = kind, text = sub(text, name_end + 1, name_end + value_length)}
    start = name_end + 1 + value_length
  end
  return found
end

local function holds(value, bound)
  if value.kind ~= bound.limit.kind then return false end
  local a, b = value.text, bound.limit.text
  if value.kind == 'n' then a, b = tonumber(a), tonumber(b) end
  if a == b then return bound.inclusive end
  return (a > b) == bound.above
end

local function meets(found)
  for _, condition in ipairs(conditions) do
    local value = found[condition.name]
    if not value then return false end
    local is_one = not condition.is_any
    for _, any in ipairs(condition.any) do is_one = is_one or (any.kind == value.kind and any.text == value.text) end
    if not is_one then return false end
    for _, bound in ipairs(condition.bounds) do
      if not holds(value, bound) then return false end
    end
  end
  return true
end

local met = {}
local function best_that_meet(hits, most)
  if #conditions == 0 then return hits end
  local kept = {}
  for first = 1, #hits, 200 do
    local asked, names = {}, {}
    for i = first, math.min(first + 199, #hits) do
      local id = hits[i].id
      if met[id] == nil then
        names[id] = 'M' .. floor(id / WIDE) .. ':' .. format('%d', id % WIDE)
        asked[#asked + 1] = names[id]
      end
    end
    local texts_found = read(index, asked)
    for id, name in pairs(names) do met[id] = texts_found[name] and meets(metadata_of(texts_found[name])) or false end
    for i = first, math.min(first + 199, #hits) do
      if met[hits[i].id] then
        kept[#kept + 1] = hits[i]
        if #kept == most then return kept end
      end
    end
  end
  return kept
end

local function admits(text)
  local time = sub(text, 6, 16)
  return (roles == '' or string.find(roles, sub(text, 5, 5), 1, true)) and time >= from and time <= to
end

local FAR = -math.huge
local function hit_of(id, text)
  local cosine
  if is_hybrid then
    cosine = cosines[id]
    -- A vector that was stored a moment ago may not be searched yet: then the message counts as having none.
    if not cosine and number_at(text, 22, 3) == tonumber(space.key) and seconds - number_at(text, 25, 6) >= lag then cosine = FAR end
  end
  return {id = id, raw = scores[id] or 0, time = sub(text, 6, 16), cosine = cosine}
end

local function older(a, b)
  if a.time ~= b.time then return a.time < b.time end
  return a.id < b.id
end

local function by_words(a, b)
  if a.raw ~= b.raw then return a.raw > b.raw end
  return older(a, b)
end

local function by_vector(a, b)
  if a.cosine ~= b.cosine then return a.cosine > b.cosine end
  return older(a, b)
end

-- The best of many, kept in order: of a hundred thousand scored messages nearly all end at the first comparison.
local function best_by_words(most, minimum)
  local kept, limit = {}, #conditions == 0 and most or math.huge
  for id, raw in pairs(scores) do
    if raw >= minimum and (#kept < limit or raw >= kept[limit].raw) then
      local text = text_of(id)
      if admits(text) then
        local hit = hit_of(id, text)
        if limit == math.huge then
          kept[#kept + 1] = hit
        elseif #kept < limit or by_words(hit, kept[limit]) then
          local low, high = 1, #kept + 1
          while low < high do
            local middle = floor((low + high) / 2)
            if by_words(hit, kept[middle]) then high = middle else low = middle + 1 end
          end
          table.insert(kept, low, hit)
          kept[limit + 1] = nil
        end
      end
    end
  end
  if limit == math.huge then table.sort(kept, by_words) end
  return best_that_meet(kept, most)
end

local function best_by_vector(most)
  local kept = {}
  for id in pairs(cosines) do
    local text = text_of(id)
    if text and admits(text) then kept[#kept + 1] = hit_of(id, text) end
  end
  table.sort(kept, by_vector)
  kept = best_that_meet(kept, most)
  for i = #kept, most + 1, -1 do kept[i] = nil end
  return kept
end

local function fuse()
  local depth = math.max(100, 4 * top)
  local words, vectors = best_by_words(depth, 0), best_by_vector(depth)
  local foot, mean = 0, 0
  local tail = math.min(#vectors, math.max(4, math.min(50, floor(#vectors / 2))))
  if tail > 1 then
    foot = vectors[tail].cosine
    local sum = 0
    for i = 1, tail do sum = sum + vectors[i].cosine end
    mean = sum / tail - foot
  end
  local function evidence(hit)
    local excess = mean > 1e-9 and hit.cosine and hit.cosine > foot and (hit.cosine - foot) / mean or 0
    return excess * excess / 3
  end
  local weight = tonumber(words_weight) + tonumber(vectors_weight)
  local of_words, of_vectors = 2 * tonumber(words_weight) / weight, 2 * tonumber(vectors_weight) / weight
  local most = of_words * attainable + of_vectors * (#vectors > 0 and evidence(vectors[1]) or 0)

  local known, ranked = {}, {}
  for place, hit in ipairs(words) do
    hit.by_words = place
    known[hit.id] = hit
    ranked[#ranked + 1] = hit
  end
  for place, hit in ipairs(vectors) do
    if not known[hit.id] then
      known[hit.id] = hit
      ranked[#ranked + 1] = hit
    end
    known[hit.id].by_vector = place
  end
  for _, hit in ipairs(ranked) do hit.score = most > 0 and (of_words * hit.raw + of_vectors * evidence(hit)) / most or 0 end
  table.sort(ranked, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    if a.cosine ~= b.cosine then
      if not a.cosine then return false end
      return not b.cosine or a.cosine > b.cosine
    end
    return older(a, b)
  end)

  -- A message without a vector stands no lower than its words alone would place it.
  for place, hit in ipairs(words) do
    if not hit.cosine then
      local stands
      for i, other in ipairs(ranked) do
        if other == hit then stands = i end
      end
      if stands > place then
        table.remove(ranked, stands)
        hit.score = ranked[place].score
        table.insert(ranked, place, hit)
      end
    end
  end
  return ranked
end

local hits = {}
if is_hybrid then
  for _, hit in ipairs(fuse()) do
    if hit.score >= least and #hits < top then hits[#hits + 1] = hit end
  end
elseif #terms > 0 then
  hits = best_by_words(top, least * attainable)
  for place, hit in ipairs(hits) do
    hit.by_words, hit.score = place, attainable > 0 and hit.raw / attainable or 0
  end
end

-- Their threads' names, and the messages around them.
local names, asked = {}, {}
for _, hit in ipairs(hits) do
  hit.thread, hit.position = floor(hit.id / WIDE), hit.id % WIDE
  if not names[hit.thread] then
    names[hit.thread] = true
    asked[#asked + 1] = 'T' .. hit.thread
  end
end
local found, ranges = {}, {}
local threads = read(index, asked)
local function exact(value) return value and value ~= FAR and format('%.17g', value) or '' end
for _, hit in ipairs(hits) do
  local name = threads['T' .. hit.thread]
  found[#found + 1] = {name, hit.position, exact(hit.score), exact(hit.raw), hit.by_words or 0, exact(hit.cosine), hit.by_vector or 0}
  ranges[#ranges + 1] = {thread = name, from = math.max(1, hit.position - before), to = hit.position + after}
end
table.sort(ranges, function(a, b)
  if a.thread ~= b.thread then return a.thread < b.thread end
  return a.from < b.from
end)
local messages = {}
if thread ~= '' and last > 0 then
  messages[1] = {thread, call('ZRANGE', key('m', thread), 0, last - 1, 'REV', 'WITHSCORES')}
end
if last >= 0 then
  for i, range in ipairs(ranges) do
    local following = ranges[i + 1]
    if following and following.thread == range.thread and following.from <= range.to + 1 then
      following.from, following.to = range.from, math.max(range.to, following.to)
    else
      messages[#messages + 1] = {range.thread, call('ZRANGE', key('m', range.thread), range.from, range.to, 'BYSCORE', 'WITHSCORES')}
    end
  end
end
return {'found', resource, pending, scope_count, found, messages}
