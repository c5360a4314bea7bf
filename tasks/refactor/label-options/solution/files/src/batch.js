"use strict";

const { renderLabel } = require("./label");

// One row: id, name, then the numbers; empty fields stand for the default.
exports.row = function (fields) {
  const [id, name, ...texts] = fields;
  const [widthMm, heightMm, dpi, marginUm, rotate] = texts.map((text) => (text === "" ? undefined : Number(text)));
  return renderLabel({ id, name }, { widthMm, heightMm, dpi, marginUm, rotate });
};
