"use strict";

const { TtlCache } = require("./cache.js");

module.exports = { TtlCache };
