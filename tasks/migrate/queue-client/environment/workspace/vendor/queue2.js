"use strict";

const KNOWN = {
  queue: "string",
  visibilityMs: "number",
  delayMs: "number",
  prefetch: "number",
  prefetchBytes: "number",
  deadLetter: "string",
  onMessage: "function",
};

function connect(options) {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== KNOWN[name]) {
      throw new TypeError(`option ${name}: ${KNOWN[name] ?? "unknown"}`);
    }
  }
  return {
    describe: () => ({ ...options, onMessage: typeof options.onMessage }),
    receive: (message) => options.onMessage(message),
  };
}

module.exports = { connect };
