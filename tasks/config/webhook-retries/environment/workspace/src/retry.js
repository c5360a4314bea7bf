"use strict";

// Waits between deliveries: doubled each time, never above max_ms.
function schedule({ base_ms, max_ms, attempts }) {
  const waits = [];
  for (let i = 0; i < attempts; i += 1) {
    waits.push(Math.min(base_ms * 2 ** i, max_ms));
  }
  return waits;
}

module.exports = { schedule };
