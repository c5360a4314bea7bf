"use strict";

const SVG = "http://www.w3.org/2000/svg";
const [SIZE, PITCH, ROW_PITCH, TOP, CENTRE] = [28, 40, 55, 60, 380];
const hall = document.getElementById("hall");
const message = document.getElementById("message");
/** Every seat in the order of the hall. */
const seats = [];

function drawSeat(row, rowIndex, number) {
  const id = `${row.name}${number}`;
  const taken = HALL.taken.includes(id);
  const left = CENTRE - ((row.seats - 1) * PITCH + SIZE) / 2;
  const attributes = {
    class: taken ? "seat taken" : "seat",
    x: left + (number - 1) * PITCH,
    y: TOP + rowIndex * ROW_PITCH,
    width: SIZE,
    height: SIZE,
    rx: 6,
    role: "button",
    tabindex: 0,
    "data-seat": id,
    "aria-label": `Row ${row.name}, seat ${number}${taken ? ", taken" : ""}`,
    ...(taken ? { "aria-disabled": "true" } : { "aria-pressed": "false" }),
  };
  const rect = hall.appendChild(document.createElementNS(SVG, "rect"));
  for (const [name, value] of Object.entries(attributes)) {
    rect.setAttribute(name, value);
  }
  const seat = { id, rect, cents: rowIndex < HALL.frontRows ? HALL.frontCents : HALL.rearCents, chosen: false };
  seats.push(seat);
  if (!taken) {
    rect.addEventListener("click", () => toggle(seat));
    rect.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        toggle(seat);
      }
    });
  }
}

function toggle(seat) {
  if (!seat.chosen && seats.filter((one) => one.chosen).length >= HALL.mostSeats) {
    message.textContent = `No more than ${HALL.mostSeats} seats`;
    return;
  }
  seat.chosen = !seat.chosen;
  seat.rect.setAttribute("aria-pressed", String(seat.chosen));
  message.textContent = "";
  sumUp();
}

function sumUp() {
  const chosen = seats.filter((seat) => seat.chosen);
  const cents = chosen.reduce((sum, seat) => sum + seat.cents, chosen.length > 0 ? HALL.feeCents : 0);
  document.getElementById("list").textContent = chosen.map((seat) => seat.id).join(", ");
  document.getElementById("total").textContent = (cents / 100).toFixed(2);
}

HALL.rows.forEach((row, index) => {
  for (let number = 1; number <= row.seats; number++) {
    drawSeat(row, index, number);
  }
});
sumUp();
