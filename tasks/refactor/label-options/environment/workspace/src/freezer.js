"use strict";

const { renderLabel } = require("./label");

exports.tube = (sample) => renderLabel(sample, 33, 13, 600, undefined, 90, true);
exports.lid = (sample) => renderLabel(sample, 9, 9, undefined, 0);
