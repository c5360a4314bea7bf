"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { schedule } = require("./retry.js");

const file = path.join(__dirname, "..", "config", "webhooks.json");
const config = JSON.parse(fs.readFileSync(file, "utf8"));

if (process.argv[2] === "schedule") {
  console.log(JSON.stringify(schedule(config.retry)));
} else if (process.argv[2] === "check") {
  const { retry, signing, dead_letter } = config;
  const whole = [retry.base_ms, retry.max_ms, retry.attempts].every((n) => Number.isInteger(n) && n > 0);
  const sound = whole && /^[0-9a-f]{8}$/.test(signing.key_id) && /^[a-z_]+$/.test(dead_letter);
  console.log(sound ? "ok" : "bad");
  process.exitCode = sound ? 0 : 1;
} else {
  console.error("usage: main.js schedule | check");
  process.exitCode = 64;
}
