"use strict";

class TtlCache {
  #entries = new Map(); // least recently used first
  #stats = { hits: 0, misses: 0, evicted: 0, expired: 0 };

  constructor({ capacity, ttlMs, clock, onEvict = () => {} }) {
    this.capacity = capacity;
    this.ttlMs = ttlMs;
    this.clock = clock;
    this.onEvict = onEvict;
  }

  get size() {
    return this.#entries.size;
  }

  get(key) {
    const entry = this.#live(key);
    if (entry === undefined) {
      this.#stats.misses += 1;
      return undefined;
    }
    this.#stats.hits += 1;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  has(key) {
    return this.#live(key) !== undefined;
  }

  set(key, value) {
    this.#live(key);
    this.#entries.delete(key);
    this.#entries.set(key, { value, since: this.clock.now() });
    if (this.#entries.size > this.capacity) {
      [...this.#entries.keys()].forEach((other) => this.#live(other));
    }
    if (this.#entries.size > this.capacity) {
      this.#evict(this.#entries.keys().next().value, "capacity");
    }
  }

  delete(key) {
    return this.#live(key) !== undefined && this.#entries.delete(key);
  }

  stats() {
    return { ...this.#stats };
  }

  #live(key) {
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.clock.now() - entry.since >= this.ttlMs) {
      this.#evict(key, "expired");
      return undefined;
    }
    return entry;
  }

  #evict(key, reason) {
    const { value } = this.#entries.get(key);
    this.#entries.delete(key);
    this.#stats[reason === "expired" ? "expired" : "evicted"] += 1;
    this.onEvict(key, value, reason);
  }
}

module.exports = { TtlCache };
