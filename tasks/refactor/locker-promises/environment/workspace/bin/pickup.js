"use strict";

const { pickup } = require("../src/pickup");

pickup(process.argv[2], (error, result) => {
  if (error) {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
    return;
  }
  console.log(`box ${result.box} is open for ${result.name}, ${result.tries} tries, ${result.closesInMs} ms`);
});
