-- The ranking board. KEYS[1] is its state, then come its sets (product → score): the daily ones of
-- the days from the day before yesterday to tomorrow, then those of the windows that end today and
-- on the days after.
--
-- The state says which revision of the record the sets show, and counts each set, so that a set of
-- another size is known to have lost something. It also points at the sets that are read: midnight
-- moves the pointers and no data. Sets are called by what follows the prefix of their keys.

local days_kept = limits.window_days + 1

local function prefix_of(state_key) return string.sub(state_key, 1, -1 - #'state') end

-- The state as it is stored: `sizes` by the name of the set, nothing else checked.
local function read_state(state_key)
  local fields = redis.call('HGETALL', state_key)
  local state = {sizes = {}, lists = {}}
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    local list = string.match(name, '^list:(%d+)$')
    if name == 'revision' or name == 'day' then state[name] = value
    elseif list then state.lists[list] = value
    else state.sizes[name] = value end
  end
  return state
end

-- The state of a board that is whole; nothing when it must be rebuilt.
local function read_whole(state_key)
  local state = read_state(state_key)
  if not integer(state.revision) or not integer(state.day) then return nil end
  local count = 0
  for name, size in pairs(state.sizes) do
    if redis.call('ZCARD', prefix_of(state_key) .. name) ~= integer(size) then return nil end
    count = count + 1
  end
  if count ~= 2 * days_kept then return nil end
  return state
end

-- Forgets what the state knows and the board keeps no more, and what is left over from other times
-- under the keys of days that the board did not keep yet.
local function make_way(keys, sizes)
  local prefix, is_kept = prefix_of(keys[1]), {}
  for i = 2, 1 + 2 * days_kept do
    local name = string.sub(keys[i], #prefix + 1)
    is_kept[name] = true
    if not sizes[name] then redis.call('UNLINK', keys[i]) end
  end
  for name in pairs(sizes) do
    if not is_kept[name] then redis.call('UNLINK', prefix .. name) end
  end
end

-- Counts the sets and gives each key its TTL; args[first], ...: when each of the keys ends.
local function write_state(keys, revision, day, args, first)
  local prefix = prefix_of(keys[1])
  local fields = {'revision', revision, 'day', day}
  for i = 2, 1 + 2 * days_kept do
    fields[#fields + 1] = string.sub(keys[i], #prefix + 1)
    fields[#fields + 1] = digits(redis.call('ZCARD', keys[i]))
  end
  local today = 1 + limits.window_days
  fields[#fields + 1] = 'list:1'
  fields[#fields + 1] = string.sub(keys[today], #prefix + 1)
  fields[#fields + 1] = 'list:' .. limits.window_days
  fields[#fields + 1] = string.sub(keys[2 + days_kept], #prefix + 1)
  redis.call('UNLINK', keys[1])
  redis.call('HSET', keys[1], unpack(fields))
  for i = 1, 1 + 2 * days_kept do redis.call('PEXPIREAT', keys[i], args[first + i - 1]) end
end

-- Products with new scores, for one set. A score of zero or less leaves it.
local function changes()
  return {scores = {}, score_count = 0, leaving = {}, leaving_count = 0}
end

local function add_change(change, product, score)
  if score > 0 then
    change.scores[change.score_count + 1] = score
    change.scores[change.score_count + 2] = product
    change.score_count = change.score_count + 2
  else
    change.leaving_count = change.leaving_count + 1
    change.leaving[change.leaving_count] = product
  end
end

local function apply(key, change)
  if change.score_count > 0 then redis.call('ZADD', key, unpack(change.scores)) end
  if change.leaving_count > 0 then redis.call('ZREM', key, unpack(change.leaving)) end
end

-- Makes args[totals + 1 .. totals + count] the totals of args[products + 1 ...] on the day of the
-- set `daily`, and raises every window that holds the day by as much.
local function set_totals(daily, windows, args, products, totals, count)
  local old = redis.call('ZMSCORE', daily, unpack(args, products + 1, products + count))
  local change, changed, rises, changed_count = changes(), {}, {}, 0
  for i = 1, count do
    local product, total = args[products + i], math.max(tonumber(args[totals + i]), 0)
    local rise = total - tonumber(old[i] or 0)
    if rise ~= 0 then
      add_change(change, product, total)
      changed_count = changed_count + 1
      changed[changed_count], rises[changed_count] = product, rise
    end
  end
  if changed_count == 0 then return end
  apply(daily, change)
  for _, window in ipairs(windows) do
    local scores = redis.call('ZMSCORE', window, unpack(changed))
    change = changes()
    for i = 1, changed_count do
      add_change(change, changed[i], tonumber(scores[i] or 0) + rises[i])
    end
    apply(window, change)
  end
end

-- The windows of the board that hold the day of its `day`-th daily set.
local function windows_of(keys, day)
  local windows = {}
  for window = math.max(1, day - limits.window_days + 1), day do
    windows[#windows + 1] = keys[1 + days_kept + window]
  end
  return windows
end

-- Gives revision and day; nothing when the board must be rebuilt.
register('board_state', function(keys)
  local state = read_whole(keys[1])
  return state and {state.revision, state.day} or {}
end, {'no-writes'})

-- args: revision where the board must stand, revision to reach, day, the end of each key, how many
-- totals of each day follow, then for each day its products and after them their totals.
-- Gives 1, or 0 when the board stands elsewhere, or at a later day, or is not whole.
register('board_push', function(keys, args)
  local state = read_whole(keys[1])
  if not state then return 0 end
  if state.revision ~= args[1] then return 0 end
  if integer(state.day) > integer(args[3]) then return 0 end

  make_way(keys, state.sizes)
  local counts = 3 + #keys
  local products = counts + days_kept
  for day = 1, days_kept do
    local count = tonumber(args[counts + day])
    local windows = windows_of(keys, day)
    for done = 0, count - 1, limits.board_chunk_max do
      set_totals(keys[1 + day], windows, args, products + done, products + count + done,
                 math.min(limits.board_chunk_max, count - done))
    end
    products = products + 2 * count
  end
  write_state(keys, args[2], args[3], args, 4)
  return 1
end)

-- KEYS[1]: a set that is being built. args: its TTL in ms, then score and product in turn.
register('board_fill', function(keys, args)
  redis.call('ZADD', keys[1], unpack(args, 2))
  redis.call('PEXPIRE', keys[1], args[1])
  return 1
end)

-- The keys of the board, then as many of the sets that were built for it.
-- args: revision and day of the board that is replaced (both empty: it was not whole), revision to
-- reach, day, the end of each key, the size that each set must have.
-- Gives 1, or 0 when the board is another by now or the sets are not what was sent.
register('board_replace', function(keys, args)
  local state = read_whole(keys[1]) or {revision = '', day = ''}
  if state.revision ~= args[1] or state.day ~= args[2] then return 0 end
  local sets = 2 * days_kept
  local sizes = 5 + sets
  for i = 1, sets do
    if redis.call('ZCARD', keys[1 + sets + i]) ~= integer(args[sizes + i]) then return 0 end
  end

  make_way(keys, read_state(keys[1]).sizes)
  for i = 1, sets do
    redis.call('UNLINK', keys[1 + i])
    if args[sizes + i] ~= '0' then redis.call('RENAME', keys[1 + sets + i], keys[1 + i]) end
  end
  write_state(keys, args[3], args[4], args, 5)
  return 1
end)

-- The set of a list that is read; nothing when there is no board. The second is BROKEN when the set
-- is not what was counted.
local function find_list(state_key, days)
  local name = redis.call('HGET', state_key, 'list:' .. days)
  if not name then return nil end
  local key = prefix_of(state_key) .. name
  local size = integer(redis.call('HGET', state_key, name))
  if redis.call('ZCARD', key) ~= size then return nil, {ok = 'BROKEN'} end
  return key
end

-- args: days of the window, count. Gives product and score in turn, the best first.
register('board_top', function(keys, args)
  local key, broken = find_list(keys[1], args[1])
  if not key then return broken or {} end
  return redis.call('ZREVRANGE', key, 0, tonumber(args[2]) - 1, 'WITHSCORES')
end, {'no-writes'})

-- args: days of the window, product. Gives its rank from 0 and its score; nothing when it has none.
register('board_standing', function(keys, args)
  local key, broken = find_list(keys[1], args[1])
  if not key then return broken or {} end
  local rank = redis.call('ZREVRANK', key, args[2])
  if not rank then return {} end
  return {rank, redis.call('ZSCORE', key, args[2])}
end, {'no-writes'})
