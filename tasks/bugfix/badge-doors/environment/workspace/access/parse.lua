local parse = {}

local function minute(clock)
  local hours, minutes = clock:match("^(%d+):(%d+)$")
  return tonumber(hours) * 60 + tonumber(minutes)
end

-- The badge, the door and the minute of the day of a request.
function parse.request(line)
  local words = {}
  for key, value in line:gmatch("(%w+)=(%S+)") do words[key] = value end
  local badge = { zone = words.zone }
  for flag in (words.flags or ""):gmatch("%w+") do badge[flag] = true end
  local from, to = words.hours:match("^(.-)%-(.*)$")
  return badge, { zone = words.door, from = minute(from), to = minute(to) }, minute(words.at)
end

return parse
