"use strict";

const { renderLabel } = require("./label");

const SIZE = { widthMm: 70, heightMm: 25 };
const LOOK = { dpi: 300, marginUm: 0, rotate: 0 };

exports.front = (sample) => renderLabel(sample, { ...SIZE, ...LOOK, barcode: sample.name.startsWith("*") });
