// The documentation site: node build.js [--root DIR] check | nav | sitemap | go PATH
const fs = require("fs");
const path = require("path");

const words = process.argv.slice(2);
const root = words[0] === "--root" ? words.splice(0, 2)[1] : __dirname;
const read = (name) => fs.readFileSync(path.join(root, name), "utf8");

function page(file) {
  const [, head, text] = read(`pages/${file}`).match(/^---\n([\s\S]*?)\n---\n([\s\S]*)$/);
  const matter = Object.fromEntries(head.split("\n").map((line) => line.split(/:\s*/)));
  const links = [...text.matchAll(/\]\(\/([\w-]+)\)/g)].map((match) => match[1]);
  return { ...matter, links };
}

const site = JSON.parse(read("site.json"));
const nav = JSON.parse(read("nav.json"));
const pages = new Map(fs.readdirSync(path.join(root, "pages")).sort().map(page).map((one) => [one.slug, one]));
const redirects = new Map(read("redirects.txt").trim().split("\n").map((line) => line.split(" ")));

function* problems() {
  for (const one of pages.values()) {
    for (const key of ["title", "reviewed", "owner"]) if (!one[key]) yield `${one.slug}: no ${key}`;
    for (const slug of one.links) if (!pages.has(slug)) yield `${one.slug}: broken link to /${slug}`;
  }
  for (const slug of nav) if (!pages.has(slug)) yield `nav: no page ${slug}`;
  for (const slug of pages.keys()) if (!nav.includes(slug)) yield `nav: ${slug} is missing`;
  for (const [from, to] of redirects) {
    if (pages.has(from.slice(1))) yield `redirects: ${from} is a page`;
    if (!pages.has(to.slice(1))) yield `redirects: ${from} leads nowhere`;
  }
}

const commands = {
  check() {
    const found = [...problems()];
    if (found.length) process.exitCode = 1;
    return found.length ? found : ["sound"];
  },
  nav: () => nav.map((slug) => `${pages.get(slug).title} (/${slug})`),
  sitemap: () => [...pages.keys()].sort().map((slug) => `${site.base}/${slug}`),
  go: (from) => [redirects.get(from) ?? from],
};

console.log(commands[words[0]](...words.slice(1)).join("\n"));
