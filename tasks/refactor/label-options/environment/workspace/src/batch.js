"use strict";

const { renderLabel } = require("./label");

// One row: id, name, then the numbers; empty fields stand for the default.
exports.row = function (fields) {
  const [id, name, ...numbers] = fields;
  return renderLabel({ id, name }, ...numbers.map((text) => (text === "" ? undefined : Number(text))));
};
