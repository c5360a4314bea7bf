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

drawDial();
