"use strict";

const canvas = document.getElementById("clock");
const context = canvas.getContext("2d");
const CENTRE = 200;

function drawDial() {
  context.fillStyle = SETTINGS.dial;
  context.beginPath();
  context.arc(CENTRE, CENTRE, 195, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = "#8a8f94";
  for (let minute = 0; minute < 60; minute++) {
    const angle = (minute / 60) * 2 * Math.PI;
    const inner = minute % 5 === 0 ? 165 : 178;
    context.lineWidth = minute % 5 === 0 ? 8 : 3;
    context.beginPath();
    context.moveTo(CENTRE + inner * Math.sin(angle), CENTRE - inner * Math.cos(angle));
    context.lineTo(CENTRE + 188 * Math.sin(angle), CENTRE - 188 * Math.cos(angle));
    context.stroke();
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Return the milliseconds since the station's midnight. */
function stationTime() {
  const at = new URLSearchParams(location.search).get("at");
  if (at !== null) {
    const [hours, minutes, seconds] = at.split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  }
  return (Date.now() + SETTINGS.offsetMinutes * 60000) % DAY_MS;
}

function drawHand(turn, length, width, color) {
  const angle = turn * 2 * Math.PI;
  const [x, y] = [CENTRE + length * Math.sin(angle), CENTRE - length * Math.cos(angle)];
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(CENTRE, CENTRE);
  context.lineTo(x, y);
  context.stroke();
  return [x, y];
}

function draw() {
  const time = stationTime();
  const minutes = Math.floor(time / 60000);
  const sweep = Math.min((time % 60000) / SETTINGS.sweepMs, 1);
  context.clearRect(0, 0, canvas.width, canvas.height);
  drawDial();
  drawHand(minutes / 720, 100, 12, SETTINGS.hands);
  drawHand(minutes / 60, 150, 8, SETTINGS.hands);
  const [x, y] = drawHand(sweep, 130, 4, SETTINGS.secondHand);
  context.beginPath();
  context.arc(x, y, 12, 0, 2 * Math.PI);
  context.fill();
  const clock = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  canvas.setAttribute("aria-label", `${SETTINGS.station} ${clock}`);
}

draw();
if (!new URLSearchParams(location.search).has("at")) {
  setInterval(draw, SETTINGS.redrawMs);
}
