"use strict";

const { renderLabel } = require("./label");

exports.corner = (sample, turned) => renderLabel(sample, 20, 26, undefined, undefined, turned ? 180 : 0);
