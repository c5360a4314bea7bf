local layers = require("vendor.layers1")

local settings = {}

--- Returns the settings below a directory; getenv is os.getenv or a stand-in.
function settings.load(dir, getenv)
  return layers.stack({ lists = "prepend" })
    :add_file(dir .. "/base.ini")
    :add_file(dir .. "/site.ini", { optional = true })
    :add_env("EDGE", getenv)
    :build()
end

return settings
