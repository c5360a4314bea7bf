"use strict";

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace"];
const OPTIONS = ["service", "index", "level", "redact", "bufferBytes", "flushMs", "maxQueued", "write"];

function createRoot(options) {
  const unknown = Object.keys(options).filter((key) => !OPTIONS.includes(key));
  if (unknown.length) throw new TypeError(`unknown options: ${unknown}`);
  if (!LEVELS.includes(options.level ?? "info")) throw new TypeError(`unknown level: ${options.level}`);
  if (!Array.isArray(options.redact ?? [])) throw new TypeError("redact: a list of paths");
  return new Log(new Sink(options), {});
}

class Sink {
  constructor({ service, index, level = "info", redact = [], bufferBytes = 65536, flushMs = 1000, maxQueued = 1000, write }) {
    Object.assign(this, { service, index, level, redact, bufferBytes, flushMs, maxQueued, write, lines: [], bytes: 0 });
  }

  add(record) {
    if (this.lines.length >= this.maxQueued) return;
    const line = `${JSON.stringify({ service: this.service, index: this.index, ...record })}\n`;
    this.lines.push(line);
    this.bytes += Buffer.byteLength(line);
    if (this.bytes >= this.bufferBytes) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.flushMs).unref();
  }

  flush() {
    clearTimeout(this.timer);
    if (this.lines.length) this.write(this.lines.join(""));
    Object.assign(this, { lines: [], bytes: 0, timer: undefined });
  }

  hide(value, path) {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((item) => this.hide(item, path));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => {
      const full = path ? `${path}.${key}` : key;
      const hit = this.redact.includes(full) || this.redact.includes(`**.${key}`);
      return [key, hit ? "[redacted]" : this.hide(item, full)];
    }));
  }
}

class Log {
  constructor(sink, bound) {
    Object.assign(this, { sink, bound });
  }

  child(fields) {
    return new Log(this.sink, { ...this.bound, ...fields });
  }

  count(counter, by) {
    this.info("count", { counter, by });
  }

  timed(label, work) {
    const start = Date.now();
    try {
      return work();
    } finally {
      this.debug(label, { ms: Date.now() - start });
    }
  }

  flush() {
    this.sink.flush();
  }
}

for (const level of LEVELS) {
  Log.prototype[level] = function (msg, { err, ...fields } = {}) {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.sink.level)) return;
    const shown = this.sink.hide(fields, "");
    const error = err ? { err: { type: err.name, message: err.message } } : {};
    this.sink.add({ level, ...this.bound, msg, ...shown, ...error });
  };
}

module.exports = { createRoot };
