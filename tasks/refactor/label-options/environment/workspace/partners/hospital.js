"use strict";

// Written and shipped by the hospital's IT.
const { renderLabel } = require("../src/label");

exports.wristband = (patient) => renderLabel(patient, 250, 25, 203, 0, 90);
exports.bed = (patient) => renderLabel(patient, 70, 40);
exports.vial = (patient) => renderLabel(patient, 30, 10, undefined, 700, undefined, true);
