// Prints a mail: node send.js TEMPLATE key=value...
// [[key]] in a template is a value from the command line or from settings.json.
const fs = require("fs");

const [template, ...pairs] = process.argv.slice(2);
const settings = JSON.parse(fs.readFileSync("settings.json", "utf8"));
const given = Object.fromEntries(pairs.map((pair) => pair.split("=")));

function value(key) {
  const found = given[key] ?? key.split(".").reduce((node, part) => node?.[part], settings);
  if (found === undefined) {
    console.error(`no value for ${key}`);
    process.exit(1);
  }
  return found;
}

const text = fs.readFileSync(`templates/${template}.txt`, "utf8");
process.stdout.write(text.replace(/\[\[([\w.]+)\]\]/g, (_, key) => value(key)));
