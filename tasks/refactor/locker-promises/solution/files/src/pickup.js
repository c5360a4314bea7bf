"use strict";

const bookings = require("./bookings");
const doors = require("./doors");
const { CALLBACKS_UNTIL, DEPRECATION_CODE, DOOR_TIMEOUT_MS } = require("./contract");

let warned = false;

async function open(code) {
  const booking = await bookings.find(code);
  const tries = await doors.open(booking.box);
  return { box: booking.box, name: booking.name, tries, closesInMs: DOOR_TIMEOUT_MS };
}

exports.pickup = function (code, callback) {
  const opening = open(code);
  if (typeof callback !== "function") return opening;
  if (!warned) {
    warned = true;
    process.emitWarning(`pickup takes a callback up to ${CALLBACKS_UNTIL}; await its promise instead`, {
      type: "DeprecationWarning",
      code: DEPRECATION_CODE,
    });
  }
  // Out of the promise's chain, so that what the callback throws is not taken for a failed opening.
  opening.then(
    (result) => setImmediate(callback, null, result),
    (error) => setImmediate(callback, error),
  );
};
