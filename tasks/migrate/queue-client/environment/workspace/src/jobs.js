"use strict";

function handle(message) {
  return `done ${message.id}`;
}

module.exports = { handle };
