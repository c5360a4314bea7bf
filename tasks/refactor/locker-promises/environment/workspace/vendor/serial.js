"use strict";

// Simulated serial line of the doors; the maker's API.
const script = (process.env.LINE || "").split(",").filter(Boolean);

exports.opened = [];

exports.open = function (box, callback) {
  const word = script.shift() || "ok";
  setImmediate(() => {
    if (word === "off") return callback(Object.assign(new Error("line is down"), { code: "E_LINE" }));
    if (word === "ok") exports.opened.push(box);
    callback(null, word === "ok");
  });
};
