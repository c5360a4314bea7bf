"use strict";

const { setTimeout: sleep } = require("timers/promises");
const { promisify } = require("util");

const serial = require("../vendor/serial");
const { JAM_CODE, RETRY_PAUSE_MS } = require("./contract");

const move = promisify(serial.open);

// Opens a box, at the second try if need be; gives the number of tries.
exports.open = async function (box) {
  if (await move(box)) return 1;
  await sleep(RETRY_PAUSE_MS);
  if (await move(box)) return 2;
  throw Object.assign(new Error(`box ${box} is jammed`), { code: JAM_CODE });
};
