"use strict";

// Shipped by the kiosk maker.
const { pickup } = require("../src/pickup");

let shown = 0;

pickup(process.argv[2], (error, result) => {
  shown += 1;
  console.log(error ? `panel: ${error.code}` : `panel: box ${result.box} for ${result.name}`);
  if (process.argv[3] === "crash") throw new Error("display unplugged");
});

process.on("exit", () => console.log(`panel: shown ${shown}`));
