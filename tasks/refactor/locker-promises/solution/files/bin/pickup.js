"use strict";

const { pickup } = require("../src/pickup");

async function main() {
  try {
    const result = await pickup(process.argv[2]);
    console.log(`box ${result.box} is open for ${result.name}, ${result.tries} tries, ${result.closesInMs} ms`);
  } catch (error) {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}

main();
