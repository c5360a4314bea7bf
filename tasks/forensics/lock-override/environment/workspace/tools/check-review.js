// Does review.json go with package.json? Prints "ok" or what is wrong.
const fs = require("fs");
const path = require("path");

const load = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, "..", name), "utf8"));
const review = load("review.json");
const overrides = load("package.json").overrides || {};

const forms = {
  advisory: /^\d{5}$/,
  package: /^[a-z-]+$/,
  from: /^\d+\.\d+\.\d+$/,
  integrity: /^sha1-\S+=$/,
  reviewer: /^\S+$/,
  lift_on: /^\d{4}-\d{2}-\d{2}$/,
};
const wrong = Object.keys(forms).filter((key) => !forms[key].test(String(review[key])));
if (!/^\d+\.\d+\.\d+$/.test(overrides[review.package] || "")) {
  wrong.push("no exact override for the package in package.json");
}
console.log(wrong.length ? wrong.join("; ") : "ok");
process.exit(wrong.length ? 1 : 0);
