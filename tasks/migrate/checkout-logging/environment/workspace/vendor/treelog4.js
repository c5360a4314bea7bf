"use strict";

const { format } = require("util");

const LEVELS = ["error", "warn", "info", "verbose", "debug", "silly"];

class Log {
  constructor({ name, level = "info", redact = "", maxQueued = 1000, write }) {
    Object.assign(this, { name, level, hidden: redact.split(","), maxQueued, write });
  }

  child(name) {
    return Object.assign(Object.create(Log.prototype), this, { name: `${this.name}.${name}` });
  }

  error(error, text, ...values) {
    this._line("error", `${format(text, ...values)}: ${error.message}`);
  }

  count(by, counter) {
    this._line("info", `count ${counter} ${by}`);
  }

  timer(label) {
    const start = Date.now();
    return () => this._line("verbose", `${label} took ${Date.now() - start} ms`);
  }

  _hide(value) {
    if (value === null || typeof value !== "object") return value;
    const hidden = ([key, item]) => [key, this.hidden.includes(key) ? "***" : this._hide(item)];
    return Object.fromEntries(Object.entries(value).map(hidden));
  }

  _line(level, text) {
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(this.level)) this.write(`${level} ${this.name}: ${text}\n`);
  }
}

for (const level of LEVELS.slice(1)) {
  Log.prototype[level] = function (text, ...values) {
    this._line(level, format(text, ...values.map((value) => this._hide(value))));
  };
}

module.exports = { Log };
