-- Plays single situations with the balance tables.
local towers = require("balance.towers")
local enemies = require("balance.enemies")
local waves = require("balance.waves")
local economy = require("balance.economy")
local hard = require("balance.hard")

local function tower(name, mode)
  local found = {}
  for key, value in pairs(assert(towers[name], "no tower " .. name)) do found[key] = value end
  for key, value in pairs(mode == "hard" and hard[name] or {}) do found[key] = value end
  return found
end

local commands = {}

function commands.check()
  for name in pairs(hard) do tower(name) end
  for number, wave in ipairs(waves) do
    tower(wave.hint)
    for _, group in ipairs(wave) do
      assert(enemies[group.enemy], "wave " .. number .. ": no enemy " .. group.enemy)
    end
  end
  for name, enemy in pairs(enemies) do
    assert(math.type(enemy.hp) == "integer" and math.type(enemy.bounty) == "integer", "enemy " .. name)
  end
  print("tables fit")
end

function commands.tower(name, mode)
  local found, keys = tower(name, mode), {}
  for key in pairs(found) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do print(key, found[key]) end
end

function commands.kill(name, enemy, mode)
  local by = tower(name, mode)
  local shots = (enemies[enemy].hp + by.damage - 1) // by.damage
  print(shots, shots * by.reload_ms)
end

function commands.wave(number)
  local pay = 0
  for _, group in ipairs(waves[tonumber(number)]) do
    print(group.enemy, group.count)
    pay = pay + group.count * enemies[group.enemy].bounty
  end
  print("pays", pay)
end

function commands.begin()
  print(economy.label, economy.start_gold // towers.archer.cost)
end

local done, message = pcall(assert(commands[arg[1]], "no such command"), table.unpack(arg, 2))
if not done then
  io.stderr:write(message, "\n")
  os.exit(1)
end
