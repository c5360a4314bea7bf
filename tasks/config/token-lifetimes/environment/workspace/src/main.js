"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { effective, problems } = require("./tokens.js");

const file = path.join(__dirname, "..", "config", "tokens.json");
const config = JSON.parse(fs.readFileSync(file, "utf8"));
const [command, client] = process.argv.slice(2);

if (command === "effective" && client) {
  console.log(JSON.stringify(effective(config, client)));
} else if (command === "check") {
  const found = problems(config);
  console.log(found.length ? found.join("\n") : "ok");
  process.exitCode = found.length ? 1 : 0;
} else {
  console.error("usage: main.js effective CLIENT | check");
  process.exitCode = 64;
}
