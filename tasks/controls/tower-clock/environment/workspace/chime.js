// Says which bell is rung, and by whom.
const { bell, keeper, permit } = require("./chime.json");

if (![bell, permit].every(Number.isInteger)) throw new TypeError("bell and permit are whole numbers");
console.log(`bell ${bell} by ${keeper}, permit ${permit}`);
