"use strict";

class TtlCache {
  constructor({ capacity, ttlMs, clock, onEvict = () => {} }) {
    this.capacity = capacity;
    this.ttlMs = ttlMs;
    this.clock = clock;
    this.onEvict = onEvict;
  }
}

module.exports = { TtlCache };
