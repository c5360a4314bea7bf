"use strict";

function slugify(title) {
  throw new Error("not written yet");
}

module.exports = { slugify };
