"use strict";

const fs = require("fs/promises");
const path = require("path");

exports.find = async function (code) {
  const file = process.env.BOOKINGS || path.join(__dirname, "../data/bookings.json");
  let text;
  try {
    text = await fs.readFile(file, "utf8");
  } catch {
    throw Object.assign(new Error("no bookings"), { code: "E_BOOKINGS" });
  }
  const booking = JSON.parse(text)[code];
  if (!booking) throw Object.assign(new Error(`no booking ${code}`), { code: "E_CODE" });
  return booking;
};
