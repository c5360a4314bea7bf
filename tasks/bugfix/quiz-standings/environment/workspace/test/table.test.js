const assert = require("assert");
const test = require("node:test");
const { table } = require("../lib/table");

const league = { late_penalty: 7 };
const names = (teams) => table(teams, league).map((row) => row.name);

test("more points stand higher", () => {
  const teams = [
    { name: "Newts", points: 90, wins: 4 },
    { name: "Owls", points: 100, wins: 2 },
  ];
  assert.deepStrictEqual(names(teams), ["Owls", "Newts"]);
});

test("of equal points, more wins stand higher", () => {
  const teams = [
    { name: "Bears", points: 80, wins: 1 },
    { name: "Wolves", points: 80, wins: 5 },
  ];
  assert.deepStrictEqual(names(teams), ["Wolves", "Bears"]);
});
