"use strict";

const NAMES = ["C", "C sharp", "D", "D sharp", "E", "F", "F sharp", "G", "G sharp", "A", "A sharp", "B"];
const WHITE = 36;
const BLACK = 22;
const TYPED = "awsedftgyhujk";
const keys = new Map();
/** What holds a key down: "mouse" or a computer key, and the key's number. */
const held = new Map();
let octave = 0;

const isBlack = (midi) => NAMES[midi % 12].endsWith("sharp");
const nameOf = (midi) => `${NAMES[midi % 12]} ${Math.floor(midi / 12) - 1}`.replace(/^(.) (?=-?\d)/, "$1");

function build() {
  let whites = 0;
  for (let midi = SETTINGS.lowest; midi <= SETTINGS.highest; midi++) {
    const key = document.createElement("div");
    key.className = `key ${isBlack(midi) ? "black" : "white"}`;
    key.dataset.midi = midi;
    key.setAttribute("aria-label", nameOf(midi));
    key.style.left = `${isBlack(midi) ? whites * WHITE - BLACK / 2 : whites * WHITE}px`;
    key.style.zIndex = isBlack(midi) ? 1 : 0;
    whites += isBlack(midi) ? 0 : 1;
    key.addEventListener("mousedown", () => press("mouse", midi));
    document.getElementById("keys").append(key);
    keys.set(midi, key);
  }
}

function send(detail) {
  window.dispatchEvent(new CustomEvent("note", { detail: { desk: SETTINGS.desk, ...detail } }));
}

function show() {
  const down = new Set(held.values());
  for (const [midi, key] of keys) {
    key.classList.toggle("down", down.has(midi));
  }
  document.getElementById("now").textContent = Array.from(down).sort((a, b) => a - b).map(nameOf).join(", ");
}

function press(by, midi) {
  if (!keys.has(midi) || held.has(by)) {
    return;
  }
  const isNew = !Array.from(held.values()).includes(midi);
  held.set(by, midi);
  show();
  if (isNew) {
    const hertz = (SETTINGS.tuningMilliHz / 1000) * 2 ** ((midi - 69) / 12);
    send({ midi, on: true, hertz: Math.round(hertz * 100) / 100 });
  }
}

function release(by) {
  const midi = held.get(by);
  if (!held.delete(by)) {
    return;
  }
  show();
  if (!Array.from(held.values()).includes(midi)) {
    send({ midi, on: false, fadeMs: SETTINGS.fadeMs });
  }
}

window.addEventListener("mouseup", () => release("mouse"));
window.addEventListener("keydown", (event) => {
  if (event.repeat) {
    return;
  }
  const index = TYPED.indexOf(event.key);
  octave += { z: -1, x: 1 }[event.key] ?? 0;
  if (index >= 0) {
    press(event.key, 60 + 12 * octave + index);
  }
});
window.addEventListener("keyup", (event) => release(event.key));
build();
