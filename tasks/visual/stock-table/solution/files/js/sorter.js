"use strict";

const SIZES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
const READERS = {
  text: (text) => text.toLowerCase(),
  number: (text) => Number(text.replaceAll(",", "")),
  date: (text) => text.split(".").reverse().map((part) => part.padStart(2, "0")).join("-"),
  size: (text) => {
    const [, number, unit] = /^([\d.,]+)\s*([kMG]?B)$/.exec(text);
    return Number(number.replaceAll(",", "")) * SIZES[unit];
  },
};

function valueOf(row, header) {
  const text = row.cells[header.cellIndex].textContent.trim();
  return text === "" || text === "-" ? null : READERS[header.dataset.type](text);
}

function sorted(rows, header, direction) {
  const valued = rows.map((row) => ({ row, value: valueOf(row, header) }));
  const sign = direction === "ascending" ? 1 : -1;
  const present = valued.filter((one) => one.value !== null);
  present.sort((one, other) => (one.value === other.value ? 0 : sign * (one.value < other.value ? -1 : 1)));
  return [...present, ...valued.filter((one) => one.value === null)].map((one) => one.row);
}

function setUp(table) {
  const body = table.tBodies[0];
  const original = Array.from(body.rows);
  const headers = Array.from(table.tHead.rows[0].cells).filter((header) => header.dataset.type);
  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[header.getAttribute("aria-sort")];
      const direction = next === undefined ? "ascending" : next;
      headers.forEach((one) => one.removeAttribute("aria-sort"));
      if (direction !== null) {
        header.setAttribute("aria-sort", direction);
      }
      body.append(...(direction === null ? original : sorted(original, header, direction)));
    });
  }
}

document.querySelectorAll("table.sortable").forEach(setUp);
