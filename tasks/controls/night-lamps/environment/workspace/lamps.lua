-- 根据照度判断路灯该开还是该关
local here = arg[0]:match("^(.*/)") or ""
local config = dofile(here .. "config.lua")
local light = assert(tonumber(arg[1]), "缺少照度")

local on = config.enabled and light < config.dark_below
print(config.group, on and "on" or "off", math.tointeger(config.hold_ms))
