-- Says whether claims.csv and payout.ini go together.
local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local payout = {}
for line in io.lines("payout.ini") do
  local key, value = line:match("^%s*([%w_]+)%s*=%s*(.-)%s*$")
  if key then payout[key] = value end
end
for _, key in ipairs({ "reference", "account", "paid_by", "per_claim_cents", "total_cents" }) do
  if not payout[key] or payout[key] == "" then fail("payout.ini: " .. key .. " is missing") end
end

local count, before = -1, ""
for line in io.lines("claims.csv") do
  count = count + 1
  if count > 0 then
    local order, message, received = line:match("^(%d+),([%w]+),(%d%d:%d%d)%s*$")
    if not order then fail("claims.csv: malformed: " .. line) end
    if received < before then fail("claims.csv: not sorted at " .. message) end
    before = received
  end
end
if tonumber(payout.total_cents) ~= count * tonumber(payout.per_claim_cents) then
  fail("payout.ini: total_cents is not what the claims add up to")
end
print(count .. " claims")
