-- What a run came to, as one line `BENCH {json}` that generator/wrk.ts reads. Latencies in milliseconds.
-- `refused`: answers with a status above 399. `broken`: connections that failed, answers that never came.

return function(summary, latency, _requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'BENCH {"answers":%d,"refused":%d,"broken":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"p999Ms":%.3f,"maxMs":%.3f}\n',
    summary.requests, errors.status, broken, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3, latency.max / 1e3))
end
