"use strict";

const { renderLabel } = require("./label");

exports.tube = (sample) => renderLabel(sample, { widthMm: 33, heightMm: 13, dpi: 600, rotate: 90, barcode: true });
exports.lid = (sample) => renderLabel(sample, { widthMm: 9, heightMm: 9, marginUm: 0 });
