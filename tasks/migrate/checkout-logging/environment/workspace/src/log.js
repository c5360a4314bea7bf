"use strict";

const { Log } = require("../vendor/treelog4.js");
const settings = require("../config/logging.json");

function makeLog(write) {
  return new Log({ ...settings, write });
}

module.exports = { makeLog };
