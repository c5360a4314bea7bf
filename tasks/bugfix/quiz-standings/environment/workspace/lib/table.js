const { byRules, level } = require("./rules");

/** The teams with their places; the input is left as it is. */
function table(teams, league) {
  const rows = teams.map((team) => ({
    name: team.name,
    wins: team.wins,
    points: team.points - (team.late || 0) * league.late_penalty,
  }));
  rows.sort(byRules);
  rows.forEach((row, index) => {
    const above = rows[index - 1];
    row.place = above && level(above, row) ? above.place : index + 1;
  });
  return rows;
}

module.exports = { table };
