-- layers 1.2
local Stack = {}
Stack.__index = Stack

local JOINS = { replace = true, append = true, prepend = true }

local function stack(options)
  local lists = options and options.lists or "replace"
  assert(JOINS[lists], "lists: replace, append or prepend")
  return setmetatable({ lists = lists, layers = {}, known = {} }, Stack)
end

local function split(text)
  local list = {}
  for item in text:gmatch("[^,%s]+") do list[#list + 1] = item end
  return list
end

local function remember(known, section, key, is_list)
  known[section] = known[section] or {}
  known[section][key] = is_list
end

--- Sections in brackets, key = value below them; key[] = a, b is a list.
function Stack:add_file(path, options)
  local handle, reason = io.open(path)
  if not handle then
    assert(options and options.optional, reason)
    return self
  end
  local layer, section = {}, nil
  for line in handle:lines() do
    local name = line:match("^%[([%w_]+)%]%s*$")
    local key, mark, text = line:match("^([%w_]+)(%[?%]?)%s*=%s*(.-)%s*$")
    if name then
      section = name
    elseif key then
      assert(section, path .. ": " .. key .. " stands in no section")
      remember(self.known, section, key, mark == "[]")
      layer[section] = layer[section] or {}
      layer[section][key] = mark == "[]" and split(text) or tonumber(text) or text
    else
      assert(line:match("^%s*$") or line:match("^[#;]"), path .. ": " .. line)
    end
  end
  handle:close()
  self.layers[#self.layers + 1] = layer
  return self
end

--- PREFIX__UPSTREAM__READ for read in section upstream; keys that no file before it has are not looked up.
function Stack:add_env(prefix, getenv)
  local layer = {}
  for section, keys in pairs(self.known) do
    for key, is_list in pairs(keys) do
      local text = getenv(table.concat({ prefix, section:upper(), key:upper() }, "__"))
      if text then
        layer[section] = layer[section] or {}
        layer[section][key] = is_list and split(text) or tonumber(text) or text
      end
    end
  end
  self.layers[#self.layers + 1] = layer
  return self
end

--- Sections as tables; a later layer wins over those before it.
function Stack:build()
  local result = {}
  for _, layer in ipairs(self.layers) do
    for section, keys in pairs(layer) do
      result[section] = result[section] or {}
      for key, found in pairs(keys) do
        local before = result[section][key]
        if type(found) == "table" and type(before) == "table" and self.lists ~= "replace" then
          local first, second = before, found
          if self.lists == "prepend" then first, second = found, before end
          found = table.move(second, 1, #second, #first + 1, { table.unpack(first) })
        end
        result[section][key] = found
      end
    end
  end
  return result
end

return { stack = stack }
