"use strict";

const { renderLabel } = require("./label");

exports.corner = (sample, turned) => renderLabel(sample, { widthMm: 20, heightMm: 26, rotate: turned ? 180 : 0 });
