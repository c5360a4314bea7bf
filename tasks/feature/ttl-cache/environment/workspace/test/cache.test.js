"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { TtlCache } = require("../src/index.js");

test("a value is there until its time is up", () => {
  let ms = 0;
  const cache = new TtlCache({ capacity: 3, ttlMs: 50, clock: { now: () => ms } });
  cache.set("a", 1);
  ms = 49;
  assert.strictEqual(cache.get("a"), 1);
  ms = 50;
  assert.strictEqual(cache.get("a"), undefined);
});
