-- Puts 1,024 places into the line KEYS[1], as one full batch of arrivals does: to measure what they
-- take (docs/redis.md). Call it with ARGV[1] = 0, 1, 2 ... and ids of ARGV[2] characters. Only in a
-- Redis that nobody uses. The ids are hexadecimal digits as of a UUID, which do not compress well.
local batch, width = tonumber(ARGV[1]), tonumber(ARGV[2])
local places = {}
for number = batch * 1024 + 1, (batch + 1) * 1024 do
  local id = redis.sha1hex(number) .. redis.sha1hex(-number)
  places[#places + 1] = string.format('%.0f', 4294967296 + number)
  places[#places + 1] = string.sub(id, 1, width)
end
return redis.call('ZADD', KEYS[1], unpack(places))
