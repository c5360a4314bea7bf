"use strict";

const serial = require("../vendor/serial");
const { JAM_CODE, RETRY_PAUSE_MS } = require("./contract");

// Opens a box, at the second try if need be; gives the number of tries.
exports.open = function (box, callback) {
  serial.open(box, (error, moved) => {
    if (error) return callback(error);
    if (moved) return callback(null, 1);
    setTimeout(() => {
      serial.open(box, (again, movedNow) => {
        if (again) return callback(again);
        if (!movedNow) return callback(Object.assign(new Error(`box ${box} is jammed`), { code: JAM_CODE }));
        callback(null, 2);
      });
    }, RETRY_PAUSE_MS);
  });
};
