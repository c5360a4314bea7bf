const fs = require("fs");
const league = require("../config/league.json");
const { table } = require("../lib/table");

for (const row of table(JSON.parse(fs.readFileSync(0, "utf8")), league)) {
  console.log(`${row.place} ${row.name} ${row.points} ${row.wins}`);
}
