"use strict";

class Queue {
  constructor(name, { timeout, batch, failures }) {
    Object.assign(this, { name, timeout, batch, failures });
  }

  on(handler) {
    this.handler = handler;
  }

  receive(message) {
    return this.handler(message);
  }
}

module.exports = { Queue };
