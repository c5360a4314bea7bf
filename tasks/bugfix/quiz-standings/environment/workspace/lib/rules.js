/** For sort(): negative where a stands above b. */
function byRules(a, b) {
  return b.points - a.points || a.wins < b.wins || (a.name < b.name ? -1 : 1);
}

function level(a, b) {
  return a.points === b.points && a.wins === b.wins;
}

module.exports = { byRules, level };
