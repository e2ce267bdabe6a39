-- Takes units from a sale's counter and remembers who has them: the whole act of a gate, in one step.
-- KEYS[1] units left
-- KEYS[2] who holds what, by hold
-- ARGV[1] units wanted, ARGV[2] hold, ARGV[3] buyer
-- Output: units left afterwards; -1 not enough; -2 the counter is not there
local left = redis.call('GET', KEYS[1])
if not left then
  return -2
end
if tonumber(left) < tonumber(ARGV[1]) then
  return -1
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return redis.call('DECRBY', KEYS[1], ARGV[1])
