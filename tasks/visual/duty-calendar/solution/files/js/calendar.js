"use strict";

const DAY_MS = 24 * 60 * 60 * 1000;
const table = document.getElementById("month");

/** Return the first day of the month that the address names, as milliseconds in UTC. */
function wantedMonth() {
  const [, year, month] = /^#(\d{4})-(0[1-9]|1[0-2])$/.exec(location.hash) ?? [];
  const now = new Date();
  return year ? Date.UTC(year, month - 1, 1) : Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
}

function addMonths(first, count) {
  const date = new Date(first);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1);
}

const isoDate = (time) => new Date(time).toISOString().slice(0, 10);

function isoWeek(monday) {
  const thursday = monday + 3 * DAY_MS;
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday - newYear) / (7 * DAY_MS));
}

function teamOn(time) {
  const turn = Math.floor((time - Date.parse(DUTY.first)) / DAY_MS / DUTY.days);
  const count = DUTY.teams.length;
  return DUTY.teams[((turn % count) + count) % count];
}

function makeDay(time, first) {
  const cell = document.createElement("td");
  const date = isoDate(time);
  cell.dataset.date = date;
  cell.classList.toggle("other", date.slice(0, 7) !== isoDate(first).slice(0, 7));
  for (const [name, text] of [["day", new Date(time).getUTCDate()], ["team", teamOn(time)]]) {
    const span = cell.appendChild(document.createElement("span"));
    span.className = name;
    span.textContent = text;
  }
  if (date in DUTY.holidays) {
    cell.classList.add("holiday");
    cell.title = DUTY.holidays[date];
  }
  if (date === isoDate(Date.now())) {
    cell.setAttribute("aria-current", "date");
  }
  return cell;
}

function draw() {
  const first = wantedMonth();
  const end = addMonths(first, 1);
  const name = { month: "long", year: "numeric", timeZone: "UTC" };
  table.caption.textContent = new Intl.DateTimeFormat("en-GB", name).format(first);
  const rows = [];
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS;
  for (let start = monday; start < end; start += 7 * DAY_MS) {
    const row = document.createElement("tr");
    const week = row.appendChild(document.createElement("th"));
    week.className = "week";
    week.scope = "row";
    week.textContent = isoWeek(start);
    row.append(...Array.from({ length: 7 }, (_, index) => makeDay(start + index * DAY_MS, first)));
    rows.push(row);
  }
  table.tBodies[0].replaceChildren(...rows);
}

function turn(count) {
  location.hash = isoDate(addMonths(wantedMonth(), count)).slice(0, 7);
}

document.getElementById("previous").addEventListener("click", () => turn(-1));
document.getElementById("next").addEventListener("click", () => turn(1));
window.addEventListener("hashchange", draw);
draw();
