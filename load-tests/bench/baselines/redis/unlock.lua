-- Gives a lock back, if it is still ours: after its time is over it may be somebody else's.
-- KEYS[1] the lock
-- ARGV[1] our token
-- Output: 1 given back, 0 not ours any more
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
