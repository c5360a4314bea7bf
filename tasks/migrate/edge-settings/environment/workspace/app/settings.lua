local layers = require("vendor.layers0")

local settings = {}

--- Returns the settings below a directory; getenv is os.getenv or a stand-in.
function settings.load(dir, getenv)
  return layers.new()
    :env("EDGE", getenv)
    :file(dir .. "/site.cfg")
    :file(dir .. "/base.cfg")
    :read()
end

return settings
