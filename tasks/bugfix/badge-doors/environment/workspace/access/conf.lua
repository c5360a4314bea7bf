local conf = {}

-- The settings of a file of key=value lines.
function conf.load(path)
  local values = {}
  for line in io.lines(path) do
    local key, value = line:match("^%s*([%w_]+)%s*=%s*(.-)%s*$")
    if key then values[key] = value end
  end
  return values
end

return conf
