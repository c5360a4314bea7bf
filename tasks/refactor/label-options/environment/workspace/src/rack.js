"use strict";

const { renderLabel } = require("./label");

const SIZE = [70, 25];
const LOOK = [300, 0, 0];

exports.front = (sample) => renderLabel.apply(null, [sample].concat(SIZE, LOOK, sample.name.startsWith("*")));
