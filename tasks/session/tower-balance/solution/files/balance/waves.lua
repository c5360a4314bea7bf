-- hint: the tower that the tutorial suggests against a wave
return {
  { hint = "archer", { enemy = "bat", count = 8 } },
  { hint = "glacier", { enemy = "bat", count = 14 }, { enemy = "ogre", count = 3 } },
  { hint = "cannon", { enemy = "golem", count = 1 } },
  { hint = "glacier", { enemy = "ogre", count = 9 }, { enemy = "golem", count = 2 }, { enemy = "wisp", count = 12 } },
}
