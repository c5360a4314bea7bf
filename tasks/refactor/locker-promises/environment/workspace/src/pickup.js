"use strict";

const bookings = require("./bookings");
const doors = require("./doors");
const { DOOR_TIMEOUT_MS } = require("./contract");

exports.pickup = function (code, callback) {
  bookings.find(code, (error, booking) => {
    if (error) return callback(error);
    doors.open(booking.box, (failed, tries) => {
      if (failed) return callback(failed);
      callback(null, { box: booking.box, name: booking.name, tries, closesInMs: DOOR_TIMEOUT_MS });
    });
  });
};
