-- Posts bodies in turn to one path, as a storefront does for its buyers.
-- Words: path, file of tokens (one a line), publishable key, prefix of this run's keys, file of bodies (one a line).
-- Output: one line `BENCH {json}`, see report.lua. An answer counts unless its status is above 399.

local folder = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
local posts = dofile(folder .. 'as-buyers.lua')
done = dofile(folder .. 'report.lua')

function init(args)
  posts.prepare { path = args[1], tokens_file = args[2], publishable_key = args[3], key_prefix = args[4], bodies = posts.read_lines(args[5]) }
end
