-- layers 0.9
local Layers = {}
Layers.__index = Layers

local function value(text)
  if text:find(",", 1, true) or text:sub(1, 1) == "[" then
    local list = {}
    for item in text:gmatch("[^%[%],%s]+") do list[#list + 1] = item end
    return list
  end
  return tonumber(text) or text
end

local function new()
  return setmetatable({ sources = {} }, Layers)
end

--- key: value, one a line; keys hold dots. A missing file is an empty one.
function Layers:file(path)
  local found, handle = {}, io.open(path)
  for line in handle and handle:lines() or function() end do
    local key, text = line:match("^([%w_.]+)%s*:%s*(.-)%s*$")
    if key then found[key] = value(text) end
  end
  self.sources[#self.sources + 1] = function() return found end
  return self
end

--- PREFIX_UPSTREAM_READ_TIMEOUT for upstream.read_timeout
function Layers:env(prefix, getenv)
  self.sources[#self.sources + 1] = function(keys)
    local found = {}
    for key in pairs(keys) do
      local text = getenv(prefix .. "_" .. key:upper():gsub("%.", "_"))
      if text then found[key] = value(text) end
    end
    return found
  end
  return self
end

--- The first source that has a key wins; lists are joined in the order of the sources.
function Layers:read()
  local keys, result = {}, {}
  for _, source in ipairs(self.sources) do
    for key in pairs(source({})) do keys[key] = true end
  end
  for _, source in ipairs(self.sources) do
    for key, found in pairs(source(keys)) do
      if result[key] == nil then
        result[key] = type(found) == "table" and { table.unpack(found) } or found
      elseif type(found) == "table" then
        for _, item in ipairs(found) do table.insert(result[key], item) end
      end
    end
  end
  return result
end

return { new = new }
