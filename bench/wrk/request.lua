-- What wrk sends. Arguments after `--`: BASE, added to each number, so that several runs at a time
-- do not press for the same users; then
--   get PATH [HEADER VALUE]   the same GET for ever
--   pipeline PATH DEPTH       DEPTH GETs in one write
--   post PATH FIRST           POST {"user_id": ...}, a new user each time, from number FIRST on
--   order PATH PRODUCT FIRST  POST an order of one PRODUCT with a key of its own
local thread_count = 0

function setup(thread)
  thread:set("thread_number", thread_count)
  thread_count = thread_count + 1
end

local function headers(length)
  return "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: " .. length .. "\r\n"
end

function init(args)
  local base, kind, path = tonumber(args[1]), args[2], args[3]
  if kind == "get" then
    local extra = args[4] and (args[4] .. ": " .. args[5] .. "\r\n") or ""
    local text = "GET " .. path .. " HTTP/1.1\r\nHost: localhost\r\n" .. extra .. "\r\n"
    request = function() return text end
  elseif kind == "pipeline" then
    local one = "GET " .. path .. " HTTP/1.1\r\nHost: localhost\r\n\r\n"
    local text = string.rep(one, tonumber(args[4]))
    request = function() return text end
  elseif kind == "post" then
    local number = base + tonumber(args[4]) + thread_number * 100000000
    local head = "POST " .. path .. " HTTP/1.1\r\n" .. headers(29) .. "\r\n{\"user_id\": \"u-"
    request = function()
      number = number + 1
      -- Mixed, so that users come in no order; a bijection, so that each comes once.
      return head .. string.format("%012d", (number * 48271) % 999999999989) .. "\"}"
    end
  elseif kind == "order" then
    local number = base + tonumber(args[5]) + thread_number * 100000000
    request = function()
      number = number + 1
      local body = "{\"user_id\": \"u-" .. number .. "\", \"lines\": [{\"product_id\": \"" ..
        args[4] .. "\", \"quantity\": 1}]}"
      return "POST " .. path .. " HTTP/1.1\r\n" .. headers(#body) .. "Idempotency-Key: k-" ..
        number .. "\r\n\r\n" .. body
    end
  end
end
