local settings = require("app.settings")
local proxy = require("app.proxy")

local s = settings.load(arg[1] or "conf", os.getenv)
print(string.format("zone %s", s.edge.zone))
print(string.format("cache %d KiB", s.cache.size))
print(string.format("budget %d ms", proxy.budget_ms(s)))
print(string.format("close after %d s", proxy.close_after_s(s)))
print(string.format("servers %s", proxy.servers(s)))
