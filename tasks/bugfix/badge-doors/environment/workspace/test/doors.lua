package.path = "./?.lua;" .. package.path
local rules = require("access.rules")

local lab = { zone = "lab", from = 420, to = 1140 }
local failed = 0

local function expect(what, badge, minute, wanted)
  if rules.opens(badge, lab, minute) ~= wanted then
    print("FAIL: " .. what)
    failed = failed + 1
  end
end

expect("its own zone", { zone = "lab" }, 600, true)
expect("another zone", { zone = "store" }, 600, false)
expect("a master badge", { zone = "store", master = true }, 600, true)
expect("too late", { zone = "lab" }, 1140, false)
expect("a night badge, late", { zone = "lab", night = true }, 1300, true)
print(failed == 0 and "ok" or failed .. " failed")
os.exit(failed == 0)
