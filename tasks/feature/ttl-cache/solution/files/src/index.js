"use strict";

const { TtlCache } = require("./cache.js");
const { systemClock } = require("./clock.js");
const { caches, metricPrefix } = require("../config/caches.json");

function createCache(name, { clock = systemClock, onEvict } = {}) {
  if (!Object.hasOwn(caches, name)) {
    throw new RangeError(`no cache "${name}", only ${Object.keys(caches).sort().join(", ")}`);
  }
  const cache = new TtlCache({ ...caches[name], clock, onEvict });
  cache.metric = `${metricPrefix}.${name}`;
  return cache;
}

module.exports = { TtlCache, createCache };
