"use strict";

const fs = require("fs");
const path = require("path");

exports.find = function (code, callback) {
  const file = process.env.BOOKINGS || path.join(__dirname, "../data/bookings.json");
  fs.readFile(file, "utf8", (error, text) => {
    if (error) return callback(Object.assign(new Error("no bookings"), { code: "E_BOOKINGS" }));
    const booking = JSON.parse(text)[code];
    if (!booking) return callback(Object.assign(new Error(`no booking ${code}`), { code: "E_CODE" }));
    callback(null, booking);
  });
};
