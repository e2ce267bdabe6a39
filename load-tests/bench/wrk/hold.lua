-- Holds one unit per request, as a storefront does for its buyers: publishable key, buyer token, a key of its own.
-- Words: file of tokens (one a line), publishable key, prefix of this run's keys, prefix of SKUs, number of SKUs, ttlSeconds.
-- Output: one line `BENCH {json}`, see report.lua. An answer counts unless its status is above 399.

local report = dofile(debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. 'report.lua')

local threads = 0

function setup(thread)
  thread:set('thread_number', threads)
  threads = threads + 1
end

local function read_lines(file)
  local lines = {}
  for line in io.lines(file) do
    if line ~= '' then lines[#lines + 1] = line end
  end
  return lines
end

function init(args)
  buyers = read_lines(args[1])
  local bodies, sku_prefix, ttl = {}, args[4], args[6]
  for number = 0, tonumber(args[5]) - 1 do
    local body = '{"sku":"' .. sku_prefix .. number .. '","quantity":1,"ttlSeconds":' .. ttl .. '}'
    bodies[#bodies + 1] = '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
  end
  tails = bodies
  head = 'POST /v1/holds HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port .. '\r\nAuthorization: Bearer ' .. args[2] .. '\r\nOnhand-Buyer: '
  key = '\r\nIdempotency-Key: ' .. args[3] .. '-' .. thread_number .. '-'
  sent = 0
end

function request()
  sent = sent + 1
  -- no two requests share a key; buyers and SKUs take turns
  return head .. buyers[sent % #buyers + 1] .. key .. sent .. tails[sent % #tails + 1]
end

done = report
