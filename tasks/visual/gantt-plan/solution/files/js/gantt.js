"use strict";

const DAY_MS = 24 * 60 * 60 * 1000;
const [DAY_PX, ROW_PX] = [16, 34];
const element = (id) => document.getElementById(id);
const isoDate = (time) => new Date(time).toISOString().slice(0, 10);

function isWorking(time) {
  return ![0, 6].includes(new Date(time).getUTCDay()) && !PLAN.closed.includes(isoDate(time));
}

/** Return the day on which the count-th working day from a day on falls. */
function workingDay(time, count) {
  for (let day = time, found = 0; ; day += DAY_MS) {
    found += isWorking(day);
    if (found === count) {
      return day;
    }
  }
}

/** Return {first, last} by step for all steps that can be planned; `longer` names one that takes a day more. */
function schedule(longer = null) {
  const dates = new Map();
  for (let before = -1; before !== dates.size;) {
    before = dates.size;
    for (const step of PLAN.steps.filter((one) => !dates.has(one.id) && one.after.every((id) => dates.has(id)))) {
      const earliest = Math.max(Date.parse(PLAN.start), ...step.after.map((id) => dates.get(id).last + DAY_MS));
      const first = workingDay(earliest, 1);
      dates.set(step.id, { first, last: workingDay(first, step.days + (step.id === longer ? 1 : 0)) });
    }
  }
  return dates;
}

const endOf = (dates) => Math.max(...Array.from(dates.values(), (one) => one.last));

function draw() {
  const dates = schedule();
  element("project").textContent = `${PLAN.project}, revision ${PLAN.revision}`;
  const lost = PLAN.steps.filter((step) => !dates.has(step.id));
  if (lost.length > 0) {
    element("problem").textContent = `These steps cannot be planned: ${lost.map((step) => step.id).join(", ")}`;
    return;
  }
  element("ready").textContent = isoDate(endOf(dates));
  PLAN.steps.forEach((step, row) => {
    const { first, last } = dates.get(step.id);
    const bar = element("chart").appendChild(document.createElement("div"));
    bar.className = endOf(schedule(step.id)) > endOf(dates) ? "bar critical" : "bar";
    bar.dataset.step = step.id;
    bar.textContent = step.title;
    bar.setAttribute("aria-label", `${step.title}: ${isoDate(first)} to ${isoDate(last)}`);
    bar.style.left = `${((first - Date.parse(PLAN.start)) / DAY_MS) * DAY_PX}px`;
    bar.style.width = `${((last - first) / DAY_MS + 1) * DAY_PX}px`;
    bar.style.top = `${row * ROW_PX}px`;
  });
}

draw();
