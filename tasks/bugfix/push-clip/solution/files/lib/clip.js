const MARK = "…";

/** The text, or as many whole characters of it as fit into the limit with a mark behind them. */
function clip(text, limit, size) {
  if (size(text) <= limit) return text;
  const room = limit - size(MARK);
  let kept = "";
  let used = 0;
  for (const char of text) {
    used += size(char);
    if (used > room) break;
    kept += char;
  }
  return kept + MARK;
}

module.exports = { clip };
