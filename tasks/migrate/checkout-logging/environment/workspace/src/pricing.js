"use strict";

function total(lines) {
  return lines.reduce((sum, line) => sum + line.cents * line.quantity, 0);
}

module.exports = { total };
