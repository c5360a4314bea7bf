"use strict";

const { MAX_LENGTH, EMPTY_CODE, DIGIT_PREFIX } = require("./limits.js");

function slugify(title) {
  let slug = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  if (slug === "") {
    throw new Error(EMPTY_CODE);
  }
  if (/^[0-9]/.test(slug)) {
    slug = DIGIT_PREFIX + "-" + slug;
  }
  return slug.slice(0, MAX_LENGTH).replace(/-$/, "");
}

module.exports = { slugify };
