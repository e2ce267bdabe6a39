-- Posts bodies in turn to one path, as a storefront does: publishable key, buyer token, a key of its own each time.
-- Words: path, file of tokens (one a line), publishable key, prefix of this run's keys, file of bodies (one a line).
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
  buyers = read_lines(args[2])
  tails = {}
  for number, body in ipairs(read_lines(args[5])) do
    tails[number] = '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
  end
  head = 'POST ' .. args[1] .. ' HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port .. '\r\nAuthorization: Bearer ' .. args[3] .. '\r\nOnhand-Buyer: '
  key = '\r\nIdempotency-Key: ' .. args[4] .. '-' .. thread_number .. '-'
  sent = 0
end

function request()
  sent = sent + 1
  -- no two requests share a key; buyers and bodies take turns
  return head .. buyers[sent % #buyers + 1] .. key .. sent .. tails[sent % #tails + 1]
end

done = report
