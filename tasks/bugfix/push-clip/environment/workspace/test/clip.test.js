const assert = require("assert");
const test = require("node:test");
const { pushPayload } = require("../lib/push");

const config = { topic: "t", title_bytes: 20, body_bytes: 40, ttl_s: 60 };
const title = (text) => pushPayload({ title: text, body: "" }, config).title;

test("a short title stays", () => {
  assert.strictEqual(title("Rain, then sun"), "Rain, then sun");
});

test("a title is counted in bytes", () => {
  assert.strictEqual(title("Москва встречает"), "Москва вс…");
});

test("an emoji is not cut in two", () => {
  assert.strictEqual(title("Gold for the 🏅🏅🏅"), "Gold for the 🏅…");
});
