"use strict";

const { createRoot } = require("../vendor/treelog5.js");
const settings = require("../config/logging.json");

function makeLog(write) {
  return createRoot({ ...settings, write });
}

module.exports = { makeLog };
