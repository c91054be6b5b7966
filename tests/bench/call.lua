-- SPDX-License-Identifier: Apache-2.0
-- The calls that wrk sends: read, list, create, or mixed.  The same calls stand in pg/*.sql for pgbench.
-- Environment: EBB_BENCH_CALL, EBB_BENCH_TICKETS, EBB_BENCH_READER and EBB_BENCH_AGENT (tokens); EBB_BENCH_SERVICES ("1 14": those of the
-- agent's department), EBB_BENCH_DELAY (milliseconds each connection waits before a request).
local call = os.getenv("EBB_BENCH_CALL")
local tickets = tonumber(os.getenv("EBB_BENCH_TICKETS"))
local reader = { ["Authorization"] = "Bearer " .. os.getenv("EBB_BENCH_READER") }
local agent = { ["Authorization"] = "Bearer " .. os.getenv("EBB_BENCH_AGENT") }
local writer = { ["Authorization"] = agent["Authorization"], ["Content-Type"] = "application/json" }
local first, last = string.match(os.getenv("EBB_BENCH_SERVICES") or "1 14", "(%d+) (%d+)")
local pause = tonumber(os.getenv("EBB_BENCH_DELAY") or "0")
local story = string.rep("The connection drops and comes back after some minutes. ", 8)

local count = 0
function setup(thread)
  count = count + 1
  thread:set("number", count)
end

function init()
  math.randomseed(os.time() * 16 + number)
end

local make = {
  read = function() return wrk.format("GET", "/api/v1/tickets/" .. math.random(1, tickets), reader) end,
  list = function() return wrk.format("GET", "/api/v1/tickets?team_id=" .. math.random(1, 4) .. "&state=open&sort=due_at&limit=50", agent) end,
  create = function()
    return wrk.format("POST", "/api/v1/tickets", writer, '{"subject":"Remote access drops ' .. math.random(1, 1000000)
      .. '","description":"' .. story .. '","service_id":' .. math.random(first, last) .. '}')
  end,
}
local turn = 0
function make.mixed()
  turn = turn + 1
  return (turn % 10 == 0 and make.create or turn % 3 == 0 and make.list or make.read)()
end
request = make[call]
-- Without it wrk sends the next request at once; defined it costs a timer.
if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end

function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("EBB %d %.6f %.4f %.4f %d %.0f\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors, summary.bytes / math.max(summary.requests, 1)))
end
