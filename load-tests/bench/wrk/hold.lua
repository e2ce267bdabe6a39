-- Holds one unit per request, as a storefront does for its buyers.
-- Words: file of tokens (one a line), publishable key, prefix of this run's keys, prefix of SKUs, number of SKUs, ttlSeconds.
-- Output: one line `BENCH {json}`, see report.lua. An answer counts unless its status is above 399.

local folder = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
local posts = dofile(folder .. 'as-buyers.lua')
done = dofile(folder .. 'report.lua')

function init(args)
  local bodies = {}
  for number = 0, tonumber(args[5]) - 1 do
    bodies[#bodies + 1] = '{"sku":"' .. args[4] .. number .. '","quantity":1,"ttlSeconds":' .. args[6] .. '}'
  end
  posts.prepare { path = '/v1/holds', tokens_file = args[1], publishable_key = args[2], key_prefix = args[3], bodies = bodies }
end
