"use strict";

const SVG = "http://www.w3.org/2000/svg";
const PLOT = { left: 60, right: 700, top: 20, bottom: 310 };
const chart = document.getElementById("chart");

/** Append an SVG element with attributes, and return it. */
function add(parent, name, attributes = {}) {
  const element = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}

add(chart, "rect", {
  x: PLOT.left, y: PLOT.top, width: PLOT.right - PLOT.left, height: PLOT.bottom - PLOT.top, fill: "none", stroke: "#8a949c",
});

const readings = READINGS.filter(([, raw]) => raw !== null)
  .map(([minute, raw]) => ({ minute, level: raw + SETTINGS.datumOffsetMm }));
const levels = [...readings.map((reading) => reading.level), SETTINGS.alarmMm];
const axis = roundAxis(Math.min(...levels), Math.max(...levels));
const [first, last] = [readings[0].minute, readings[readings.length - 1].minute];

const x = (minute) => PLOT.left + ((minute - first) / (last - first)) * (PLOT.right - PLOT.left);
const y = (level) => PLOT.bottom - ((level - axis.start) / (axis.end - axis.start)) * (PLOT.bottom - PLOT.top);

function roundAxis(least, most) {
  for (let power = 1; ; power *= 10) {
    for (const step of [power, 2 * power, 5 * power]) {
      const [start, end] = [Math.floor(least / step) * step, Math.ceil(most / step) * step];
      if ((end - start) / step <= 6) {
        return { start, end, step };
      }
    }
  }
}

function clock(minute) {
  return [Math.floor(minute / 60) % 24, minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function drawTicks() {
  for (let level = axis.start; level <= axis.end; level += axis.step) {
    const tick = add(chart, "g", { class: "tick y" });
    add(tick, "line", { x1: PLOT.left, x2: PLOT.right, y1: y(level), y2: y(level) });
    add(tick, "text", { x: PLOT.left - 8, y: y(level) + 4 }).textContent = (level / 1000).toFixed(2);
  }
  for (let minute = Math.ceil(first / 180) * 180; minute <= last; minute += 180) {
    const tick = add(chart, "g", { class: "tick x" });
    add(tick, "line", { x1: x(minute), x2: x(minute), y1: PLOT.top, y2: PLOT.bottom });
    add(tick, "text", { x: x(minute), y: PLOT.bottom + 18 }).textContent = clock(minute);
  }
}

function runs() {
  const found = [];
  let broken = true;
  let before = 0;
  for (const [minute, raw] of READINGS) {
    if (raw === null) {
      broken = true;
      continue;
    }
    if (broken || minute - before > SETTINGS.maxGapMinutes) {
      found.push([]);
    }
    found[found.length - 1].push(`${x(minute)},${y(raw + SETTINGS.datumOffsetMm)}`);
    broken = false;
    before = minute;
  }
  return found.filter((run) => run.length > 1);
}

function drawLine() {
  for (const run of runs()) {
    add(chart, "polyline", { class: "tide", points: run.join(" ") });
  }
  const alarm = y(SETTINGS.alarmMm);
  add(chart, "line", { class: "alarm", x1: PLOT.left, x2: PLOT.right, y1: alarm, y2: alarm });
  for (const { minute, level } of readings.filter((reading) => reading.level >= SETTINGS.alarmMm)) {
    add(chart, "circle", { class: "above", cx: x(minute), cy: y(level), r: 4 });
  }
}

chart.setAttribute("aria-label", `Tide at gauge ${SETTINGS.gauge}`);
drawTicks();
drawLine();
