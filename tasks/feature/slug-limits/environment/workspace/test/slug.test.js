"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { slugify } = require("../src/slug.js");

test("words are joined by dashes", () => {
  assert.strictEqual(slugify("Hello, World!"), "hello-world");
});
