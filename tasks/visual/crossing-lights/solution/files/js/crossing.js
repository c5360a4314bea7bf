"use strict";

const LIT = {
  green: ["car-green", "walk-red"],
  amber: ["car-amber", "walk-red"],
  clear: ["car-red", "walk-red"],
  walk: ["car-red", "walk-green"],
  flash: ["car-red"],
  "clear-back": ["car-red", "walk-red"],
  prepare: ["car-red", "car-amber", "walk-red"],
};
const NEXT = {
  amber: ["clear", PHASES.amberMs],
  clear: ["walk", PHASES.clearMs],
  walk: ["flash", PHASES.walkMs],
  flash: ["clear-back", PHASES.flashMs],
  "clear-back": ["prepare", PHASES.clearMs],
  prepare: ["green", PHASES.prepareMs],
};
const lights = document.getElementById("lights");
let phase = "green";
let requested = false;
let mayEnd = false;
let blinking = 0;

function show(lamp, lit) {
  lights.querySelector(`[data-lamp="${lamp}"]`).classList.toggle("on", lit);
}

function enter(next) {
  phase = next;
  lights.dataset.phase = phase;
  clearInterval(blinking);
  if (phase === "walk") {
    requested = false;
  }
  for (const lamp of ["car-red", "car-amber", "car-green", "walk-red", "walk-green"]) {
    show(lamp, LIT[phase].includes(lamp));
  }
  show("wait", requested);
  if (phase === "green") {
    mayEnd = false;
    setTimeout(() => {
      mayEnd = true;
      leaveGreen();
    }, PHASES.minGreenMs);
    return;
  }
  if (phase === "flash") {
    let lit = false;
    blinking = setInterval(() => {
      lit = !lit;
      show("walk-green", lit);
    }, PHASES.blinkMs);
  }
  const [following, duration] = NEXT[phase];
  setTimeout(enter, duration, following);
}

function leaveGreen() {
  if (phase === "green" && mayEnd && requested) {
    enter("amber");
  }
}

document.getElementById("request").addEventListener("click", () => {
  if (phase !== "walk") {
    requested = true;
    show("wait", true);
    leaveGreen();
  }
});
document.getElementById("name").textContent = PHASES.crossing;
enter("green");
