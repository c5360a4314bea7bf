"use strict";

module.exports = { systemClock: { now: () => Math.floor(performance.now()) } };
