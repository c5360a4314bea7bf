local rules = {}

-- Whether a badge opens a door at a minute of the day; if not, why.
function rules.opens(badge, door, minute)
  if badge.blocked then return false, "blocked" end
  if not badge.zone == door.zone and not badge.master then
    return false, "zone"
  end
  if minute < door.from or minute >= door.to and not badge.night then
    return false, "hours"
  end
  return true
end

return rules
