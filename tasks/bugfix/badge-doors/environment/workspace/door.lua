-- Usage: lua5.4 door.lua [--show] < REQUESTS
package.path = (arg[0]:match("^(.*/)") or "./") .. "?.lua;" .. package.path
local conf = require("access.conf")
local parse = require("access.parse")
local rules = require("access.rules")

if arg[1] == "--show" then
  for _, key in ipairs({ "facility", "relock_ms", "alarm_line", "log_days" }) do
    print(key, conf.load("conf/doors.conf")[key])
  end
  os.exit(0)
end
for line in io.lines() do
  local opens, why = rules.opens(parse.request(line))
  print(opens and "open" or "refused: " .. why)
end
