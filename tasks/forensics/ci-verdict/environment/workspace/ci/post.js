"use strict";
// Prints ci/verdict.json as one message, or says what is missing.
const fs = require("fs");
const path = require("path");

const verdict = JSON.parse(fs.readFileSync(path.join(__dirname, "verdict.json"), "utf8"));
const first = verdict.first_failure || {};
const missing = ["cascades", "shuffle_seed", "ticket", "assignee", "rerun_on", "keep_hours"].filter((key) => !verdict[key]);
if (!first.test || !first.error) missing.unshift("first_failure");
if (missing.length > 0) {
  console.error(`verdict.json lacks ${missing.join(", ")}`);
  process.exit(1);
}
console.log(`${first.test} failed first (${first.error}) and took ${verdict.cascades} others with it`);
console.log(`ticket ${verdict.ticket}: ${verdict.assignee}, next run on ${verdict.rerun_on}`);
console.log(`logs are kept for ${verdict.keep_hours} h`);
