"use strict";

const fs = require("fs");
const batch = require("./batch");
const freezer = require("./freezer");
const rack = require("./rack");
const slide = require("./slide");

const kinds = {
  freezer: ([id, name]) => `${freezer.tube({ id, name })}\n${freezer.lid({ id, name })}`,
  rack: ([id, name]) => rack.front({ id, name }),
  slide: ([id, name]) => slide.corner({ id, name }, id.endsWith("t")),
  batch: (fields) => batch.row(fields),
};

for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  console.log(kinds[process.argv[2]](line.split(",")));
}
