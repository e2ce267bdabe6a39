-- Posts bodies in turn to one path, as a storefront does: publishable key, buyer token, a key of its own each time.
-- For scripts that say in `init` which: `posts.prepare{path=, tokens_file=, publishable_key=, key_prefix=, bodies=}`.

local posts = {}
local threads = 0

function setup(thread)
  thread:set('thread_number', threads)
  threads = threads + 1
end

function posts.read_lines(file)
  local lines = {}
  for line in io.lines(file) do
    if line ~= '' then lines[#lines + 1] = line end
  end
  return lines
end

local buyers, tails, head, key, sent

function posts.prepare(what)
  buyers, tails, sent = posts.read_lines(what.tokens_file), {}, 0
  for number, body in ipairs(what.bodies) do
    tails[number] = '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
  end
  head = 'POST ' .. what.path .. ' HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port
  head = head .. '\r\nAuthorization: Bearer ' .. what.publishable_key .. '\r\nOnhand-Buyer: '
  key = '\r\nIdempotency-Key: ' .. what.key_prefix .. '-' .. thread_number .. '-'
end

function request()
  sent = sent + 1
  -- no two requests share a key; buyers and bodies take turns
  return head .. buyers[sent % #buyers + 1] .. key .. sent .. tails[sent % #tails + 1]
end

return posts
