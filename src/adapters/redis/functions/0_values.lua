-- What every function of the library uses. The files here are one chunk, in the order of their
-- names; function_library.cpp puts before them `suffix`, which ends the name of each function, and
-- `limits`, from core/limits.hpp.

-- The number that `text` spells; nothing when it spells none, so that what is absent or broken is
-- never taken for another number.
local function integer(text)
  if type(text) == 'string' and string.find(text, '^%-?%d+$') then return tonumber(text) end
  return nil
end

-- All digits of a number: Lua's own text of it would keep 14 of them.
local function digits(number) return string.format('%.0f', number) end

-- The replication id of this server; nothing on a replica. Asked inside the functions, because a
-- connection that was opened before a promotion keeps working after it.
local function own_replication_id()
  local info = redis.call('INFO', 'replication')
  if not string.find(info, 'role:master', 1, true) then return nil end
  return string.match(info, 'master_replid:(%x+)')
end

-- Microseconds since 1970 by Redis' own clock: clocks of servers decide nothing here.
local function now_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function register(name, callback, flags)
  redis.register_function{
    function_name = 'rushline_' .. name .. '_' .. suffix, callback = callback, flags = flags or {}}
end
