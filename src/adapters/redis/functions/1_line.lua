-- The line of one event. KEYS[1] is the event's hash, KEYS[2] the line: user → sequence.
--
-- The hash says which epoch the line belongs to, and on which primary; it counts the line, so that
-- a line of another size is known to have lost something. Refusals are the words NOEPOCH (nothing
-- is stored: not the same as sold out) and STALE. protocol.md says what each guard is for.

local noepoch = {ok = 'NOEPOCH'}
local stale = {ok = 'STALE'}

local function is_flag(text) return text == '0' or text == '1' end
local function is_time(text) return text == '' or integer(text) ~= nil end

-- What the hash holds, each field nothing when it is absent or broken.
local function read_event(keys)
  local f = redis.call('HMGET', keys[1], 'epoch', 'replid', 'origin', 'next', 'size', 'cap',
                       'opens', 'closes', 'paused', 'sold_out', 'expires', 'as_of')
  local event = {epoch = integer(f[1]), replid = f[2], origin = integer(f[3]),
                 next = integer(f[4]), size = integer(f[5]), cap = integer(f[6]), opens = f[7],
                 closes = f[8], paused = f[9], sold_out = f[10], expires = integer(f[11]),
                 as_of = integer(f[12])}
  event.has_window = event.as_of and is_time(event.opens) and is_time(event.closes) and
                     is_flag(event.paused)
  event.is_readable = event.epoch and event.replid and event.next and event.size and event.cap and
                      event.expires and event.has_window and is_flag(event.sold_out)
  return event
end

-- The event when the line is the one that the caller means (args: epoch, replication id, ...); else
-- nothing, and the refusal.
local function enter(keys, args)
  local event = read_event(keys)
  if not event.is_readable then
    if redis.call('EXISTS', keys[1]) == 0 then return nil, noepoch end
    return nil, stale
  end
  if event.epoch ~= integer(args[1]) then return nil, stale end
  if event.replid ~= args[2] then return nil, stale end
  if own_replication_id() ~= args[2] then return nil, stale end
  return event
end

local function is_whole(keys, event)
  return event.size == redis.call('ZCARD', keys[2])
end

-- Both keys live a day past the event and past their last use, and are renewed a day ahead.
-- `is_new`: the line has just come into being, without a TTL of its own.
local function keep_alive(keys, event, now, is_new)
  local closes = integer(event.closes) or 0
  local needed = math.floor(math.max(now, closes) / 1000) + limits.line_ttl_ms
  if event.expires < needed then
    event.expires = needed + limits.line_ttl_ms
    redis.call('HSET', keys[1], 'expires', digits(event.expires))
    redis.call('PEXPIREAT', keys[1], digits(event.expires))
    is_new = true
  end
  if is_new then redis.call('PEXPIREAT', keys[2], digits(event.expires)) end
end

-- Takes away the places up to `mark`, which are settled. The counter falls by as many, so that what
-- was lost before stays noticed.
local function forget_settled(keys, event, mark)
  local count = redis.call('ZREMRANGEBYSCORE', keys[2], '-inf', mark)
  if count > 0 then
    event.size = event.size - count
    redis.call('HSET', keys[1], 'size', digits(event.size))
  end
end

-- Replaces the window by args[first], ...: opens, closes, paused, and when it was read from the
-- database. An older reading never replaces a newer one.
local function set_window(keys, event, args, first)
  local opens, closes, paused, as_of = unpack(args, first, first + 3)
  if event.has_window and event.as_of > integer(as_of) then return end
  event.opens, event.closes, event.paused = opens, closes, paused
  redis.call('HSET', keys[1], 'opens', opens, 'closes', closes, 'paused', paused, 'as_of', as_of)
end

-- Why a newcomer gets no place; nothing when the event takes requests.
local function reason_to_turn_away(event, now)
  if event.sold_out == '1' then return 'sold_out' end
  if event.closes ~= '' and integer(event.closes) <= now then return 'closed' end
  if event.opens ~= '' and integer(event.opens) > now then return 'not_open' end
  if event.paused == '1' then return 'paused' end
  return nil
end

-- Gives the replication id of this server; nothing on a replica.
register('primary', function() return own_replication_id() end, {'no-writes'})

-- args: epoch, replication id, users. Gives why those without a place have none, the size of the
-- line, and per user the place: below zero for one that the user had already, 0 for none.
register('admit', function(keys, args)
  local event, refusal = enter(keys, args)
  if not event then return refusal end
  if not is_whole(keys, event) then return stale end

  local now = now_us()
  local turned = reason_to_turn_away(event, now)
  local room = math.min(event.cap - event.size,
                        (event.epoch + 1) * limits.sequences_per_epoch - event.next)
  if turned then room = 0 end

  local first_places = redis.call('ZMSCORE', keys[2], unpack(args, 3))
  local answer, newcomers, seen, count = {turned or 'full', 0}, {}, {}, 0
  for i = 1, #first_places do
    local user = args[i + 2]
    local first_place = first_places[i] or seen[user]
    if first_place then
      answer[i + 2] = -first_place
    elseif count < room then
      local place = event.next + count
      count = count + 1
      newcomers[2 * count - 1] = place
      newcomers[2 * count] = user
      seen[user] = place
      answer[i + 2] = place
    else
      answer[i + 2] = 0
    end
  end
  if count > 0 then
    -- NX: nobody's place ever changes, whatever happens above.
    redis.call('ZADD', keys[2], 'NX', unpack(newcomers))
    redis.call('HSET', keys[1], 'next', digits(event.next + count),
               'size', digits(event.size + count))
  end
  keep_alive(keys, event, now, event.size == 0 and count > 0)
  answer[2] = event.size + count
  return answer
end)

-- args: epoch, replication id, mark, count, and a window (set_window). Gives the size of the line
-- and the first places after the mark, user and sequence in turn.
register('take', function(keys, args)
  local event, refusal = enter(keys, args)
  if not event then return refusal end
  if not is_whole(keys, event) then return stale end

  forget_settled(keys, event, args[3])
  set_window(keys, event, args, 5)
  keep_alive(keys, event, now_us(), false)
  return {event.size, redis.call('ZRANGE', keys[2], 0, tonumber(args[4]) - 1, 'WITHSCORES')}
end, {'allow-oom'})

-- args: epoch, replication id, mark, channel, message.
register('trim', function(keys, args)
  local event, refusal = enter(keys, args)
  if not event then return refusal end
  forget_settled(keys, event, args[3])
  redis.call('PUBLISH', args[4], args[5])
  return 0
end, {'allow-oom'})

-- args: epoch, replication id.
register('mark_sold_out', function(keys, args)
  local event, refusal = enter(keys, args)
  if not event then return refusal end
  redis.call('HSET', keys[1], 'sold_out', '1')
  return 0
end, {'allow-oom'})

-- args: epoch, replication id, epoch whose line may be kept (0 = none), cap, and a window.
-- `origin` is that epoch: an install that was never taken into use leaves the line to the next one
-- that asks for the same.
register('install', function(keys, args)
  local epoch, kept = integer(args[1]), integer(args[3])
  if own_replication_id() ~= args[2] then return stale end
  local stored = read_event(keys)
  if stored.epoch and stored.epoch >= epoch then return stale end

  local size = redis.call('ZCARD', keys[2])
  local is_wanted = kept > 0 and (stored.epoch == kept or stored.origin == kept)
  if not (is_wanted and stored.size == size) then
    redis.call('UNLINK', keys[2])
    size = 0
  end
  redis.call('HSET', keys[1], 'epoch', args[1], 'replid', args[2], 'origin', args[3],
             'next', digits(epoch * limits.sequences_per_epoch), 'size', digits(size),
             'cap', args[4], 'sold_out', '0')
  stored.expires = 0
  set_window(keys, stored, args, 5)
  keep_alive(keys, stored, now_us(), true)
  return 0
end)
