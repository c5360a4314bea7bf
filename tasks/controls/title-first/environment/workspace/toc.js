// Prints the table of contents of manual.md, one heading a line.
const fs = require("fs");
const path = require("path");

const text = fs.readFileSync(path.join(__dirname, "manual.md"), "utf8");
for (const line of text.split("\n")) {
  const heading = /^(#+)\s+(.*\S)/.exec(line);
  if (heading) console.log("  ".repeat(heading[1].length - 1) + heading[2]);
}
