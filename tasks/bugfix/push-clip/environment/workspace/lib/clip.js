const MARK = "…";

/** The text, or as much of it as fits into the limit with a mark behind it. */
function clip(text, limit, size) {
  if (size(text) <= limit) return text;
  let end = text.length;
  while (end > 0 && size(text.slice(0, end) + MARK) > limit) end -= 1;
  return text.slice(0, end) + MARK;
}

module.exports = { clip };
