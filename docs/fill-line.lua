-- Puts a million places into the line KEYS[1], with ids of ARGV[1] characters: to measure what they
-- take (docs/redis.md). Only in a Redis that nobody uses.
local width = tonumber(ARGV[1])
for i = 0, 999 do
  local words = {}
  for j = 1, 1000 do
    words[#words + 1] = string.format('%.0f', 4294967296 + i * 1000 + j)
    words[#words + 1] = string.format('%0' .. width .. 'd', i * 1000 + j)
  end
  redis.call('ZADD', KEYS[1], unpack(words))
end
