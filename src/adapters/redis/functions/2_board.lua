-- The ranking board. KEYS[1] is its state, then come its sets (product → score): the daily ones of
-- the days from the day before yesterday to tomorrow, then those of the windows that end today and
-- on the days after.
--
-- The state says which revision of the record the sets show, and counts each set, so that a set of
-- another size is known to have lost something. It also points at the sets that are read: midnight
-- moves the pointers and no data. Sets are called by what follows the prefix of their keys.
--
-- What is too much for one call moves the board in steps: a push from one revision to the next, or
-- a rebuild, which has no revision until its end. The state then names the move and its last step,
-- so that of two servers one goes on, and shows no list.

local days_kept = limits.window_days + 1
local sets_kept = 2 * days_kept

-- What else stands in the state than the sizes of the sets.
local is_field = {revision = true, day = true, move = true, step = true, touched = true,
                  target = true, target_day = true}

local function prefix_of(state_key) return string.sub(state_key, 1, -1 - #'state') end

-- The state as it is stored: `sizes` by the name of the set, nothing checked.
local function read_state(state_key)
  local fields = redis.call('HGETALL', state_key)
  local state = {sizes = {}}
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if is_field[name] then state[name] = value
    elseif not string.find(name, '^list:') then state.sizes[name] = value end
  end
  return state
end

local function is_counted(state_key, state)
  local count = 0
  for name, size in pairs(state.sizes) do
    if redis.call('ZCARD', prefix_of(state_key) .. name) ~= integer(size) then return false end
    count = count + 1
  end
  return count == sets_kept
end

-- The state of a board that stands at a revision; nothing when it must be rebuilt.
local function read_standing(state_key)
  local state = read_state(state_key)
  if not integer(state.revision) or not integer(state.day) then return nil end
  return is_counted(state_key, state) and state or nil
end

-- Whether another server is moving it; one that has not been heard of for a while is not any more.
local function is_busy(state)
  return state.move and now_us() - (integer(state.touched) or 0) < limits.board_move_idle_us
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

-- Stores `state` with the sizes of the sets, and gives each key its TTL; args[first], ...: when
-- each of the keys ends.
local function write_state(keys, state, args, first)
  local prefix, fields = prefix_of(keys[1]), {}
  local function add(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  for name, value in pairs(state) do add(name, value) end
  for i = 2, 1 + sets_kept do
    add(string.sub(keys[i], #prefix + 1), digits(redis.call('ZCARD', keys[i])))
  end
  if state.revision then
    add('list:1', string.sub(keys[1 + limits.window_days], #prefix + 1))
    add('list:' .. limits.window_days, string.sub(keys[2 + days_kept], #prefix + 1))
  end
  redis.call('UNLINK', keys[1])
  redis.call('HSET', keys[1], unpack(fields))
  for i = 1, 1 + sets_kept do redis.call('PEXPIREAT', keys[i], args[first + i - 1]) end
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

-- args[counts + 1], ...: how many totals of each day follow, then for each day its products and
-- after them their totals.
local function set_all_totals(keys, args, counts)
  local products = counts + days_kept
  for day = 1, days_kept do
    local count = tonumber(args[counts + day])
    if count > 0 then
      set_totals(keys[1 + day], windows_of(keys, day), args, products, products + count, count)
    end
    products = products + 2 * count
  end
end

-- Gives revision and day; nothing when the board must be rebuilt.
register('board_state', function(keys)
  local state = read_standing(keys[1])
  return state and {state.revision, state.day} or {}
end, {'no-writes'})

-- args: revision where the board must stand, revision to reach, day, the move, its step, how many
-- steps it has, the end of each key, then totals as set_all_totals() takes them.
-- Gives 1, or 0 when the board stands elsewhere, or at a later day, or is moved by another server,
-- or is not whole.
register('board_push', function(keys, args)
  local state = read_standing(keys[1])
  if not state then return 0 end
  if state.revision ~= args[1] then return 0 end
  if integer(state.day) > integer(args[3]) then return 0 end
  local step, steps = tonumber(args[5]), tonumber(args[6])
  if step == 1 then
    if is_busy(state) then return 0 end
    -- What was left half done knows more than an older snapshot.
    if (integer(state.target) or 0) > integer(args[2]) then return 0 end
    if (integer(state.target_day) or 0) > integer(args[3]) then return 0 end
  elseif state.move ~= args[4] or integer(state.step) ~= step - 1 then return 0 end

  make_way(keys, state.sizes)
  set_all_totals(keys, args, 6 + #keys)
  local reached = {revision = args[2], day = args[3]}
  if step < steps then
    reached = {revision = state.revision, day = state.day, move = args[4], step = args[5],
               target = args[2], target_day = args[3], touched = digits(now_us())}
  end
  write_state(keys, reached, args, 7)
  return 1
end)

-- Empties the board. args: revision and day of the board that is replaced (both empty: it must be
-- rebuilt anyway), the move, the end of each key.
-- Gives 1, or 0 when the board is another by now or is moved by another server.
register('board_begin', function(keys, args)
  local state = read_state(keys[1])
  if is_busy(state) then return 0 end
  local replaced = read_standing(keys[1]) or {revision = '', day = ''}
  if replaced.revision ~= args[1] or replaced.day ~= args[2] then return 0 end
  for name in pairs(state.sizes) do redis.call('UNLINK', prefix_of(keys[1]) .. name) end
  for i = 2, 1 + sets_kept do redis.call('UNLINK', keys[i]) end
  write_state(keys, {move = args[3], step = '0', touched = digits(now_us())}, args, 4)
  return 1
end)

-- Whether `move` may do this step of a rebuild.
local function is_next(state_key, move, step)
  local state = read_state(state_key)
  if state.move ~= move or state.revision then return false end
  return integer(state.step) == tonumber(step) - 1 and is_counted(state_key, state)
end

-- args: the move, its step, the end of each key, which of the sets, and scores and products in
-- turn: none that the set has already.
-- Gives 1, or 0 when the move does not go on.
register('board_fill', function(keys, args)
  if not is_next(keys[1], args[1], args[2]) then return 0 end
  local set = 3 + #keys
  redis.call('ZADD', keys[1 + tonumber(args[set])], unpack(args, set + 1))
  write_state(keys, {move = args[1], step = args[2], touched = digits(now_us())}, args, 3)
  return 1
end)

-- args: the move, its step, the end of each key, totals as set_all_totals() takes them.
-- Gives 1, or 0 when the move does not go on.
register('board_correct', function(keys, args)
  if not is_next(keys[1], args[1], args[2]) then return 0 end
  set_all_totals(keys, args, 2 + #keys)
  write_state(keys, {move = args[1], step = args[2], touched = digits(now_us())}, args, 3)
  return 1
end)

-- args: the move, its step, the end of each key, revision reached, day.
-- Gives 1, or 0 when the move does not go on.
register('board_finish', function(keys, args)
  if not is_next(keys[1], args[1], args[2]) then return 0 end
  local reached = 2 + #keys
  write_state(keys, {revision = args[reached + 1], day = args[reached + 2]}, args, 3)
  return 1
end)

-- The set of a list that is read, and the state: revision, day, move. No set and a status when the
-- board has none, or the set is not what was counted.
local function find_list(state_key, days)
  local state = redis.call('HMGET', state_key, 'revision', 'day', 'move', 'list:' .. days)
  local name = state[4]
  if not integer(state[1]) or not integer(state[2]) or not name then return nil, {ok = 'EMPTY'} end
  local key = prefix_of(state_key) .. name
  local size = integer(redis.call('HGET', state_key, name))
  if redis.call('ZCARD', key) ~= size then return nil, {ok = 'BROKEN'} end
  return key, state
end

-- args: days of the window, count. Gives revision and day of the board, and then product and score
-- in turn, the best first.
register('board_top', function(keys, args)
  local key, state = find_list(keys[1], args[1])
  if not key then return state end
  if state[3] then return {ok = 'MOVING'} end
  local top = redis.call('ZREVRANGE', key, 0, tonumber(args[2]) - 1, 'WITHSCORES')
  table.insert(top, 1, state[2])
  table.insert(top, 1, state[1])
  return top
end, {'no-writes'})

-- args: days of the window, product. Gives its rank from 0 and its score; nothing when it has none.
register('board_standing', function(keys, args)
  local key, state = find_list(keys[1], args[1])
  if not key then return state end
  local rank = redis.call('ZREVRANK', key, args[2])
  if not rank then return {} end
  return {rank, redis.call('ZSCORE', key, args[2])}
end, {'no-writes'})
