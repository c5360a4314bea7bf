"use strict";

const board = document.getElementById("board");
const undo = document.getElementById("undo");
const cards = new Map(CONFIG.cards.map((card) => [card.id, card]));
const history = [];
let columns = load();

function load() {
  const found = Object.fromEntries(CONFIG.columns.map((column) => [column.id, []]));
  const placed = new Set();
  for (const [id, saved] of Object.entries(readSaved())) {
    for (const card of saved) {
      if (id in found && cards.has(card) && !placed.has(card)) {
        found[id].push(card);
        placed.add(card);
      }
    }
  }
  for (const card of CONFIG.cards.filter((one) => !placed.has(one.id))) {
    found[card.column].push(card.id);
  }
  return found;
}

function readSaved() {
  try {
    const saved = JSON.parse(localStorage.getItem(CONFIG.storageKey));
    return saved?.schema === CONFIG.schema ? saved.columns : {};
  } catch {
    return {};
  }
}

function save() {
  localStorage.setItem(CONFIG.storageKey, JSON.stringify({ schema: CONFIG.schema, columns }));
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function isFull(column) {
  return column.limit > 0 && columns[column.id].length >= column.limit;
}

function makeButton(card, from, to, side) {
  const button = make("button", side, side === "left" ? "\u2190" : "\u2192");
  button.type = "button";
  button.setAttribute("aria-label", `Move ${card.title} ${side}`);
  button.disabled = Boolean(card.blocked) || to === undefined || isFull(to);
  button.addEventListener("click", () => change(() => {
    history.push(structuredClone(columns));
    columns[from.id] = columns[from.id].filter((id) => id !== card.id);
    columns[to.id].push(card.id);
  }));
  return button;
}

function change(action) {
  action();
  save();
  draw();
}

function draw() {
  board.replaceChildren();
  CONFIG.columns.forEach((column, index) => {
    const held = columns[column.id];
    const section = board.appendChild(make("section", "column"));
    section.dataset.column = column.id;
    section.classList.toggle("over", column.limit > 0 && held.length > column.limit);
    section.append(make("h2", "", column.title));
    section.append(make("span", "count", column.limit > 0 ? `${held.length}/${column.limit}` : `${held.length}`));
    for (const card of held.map((id) => cards.get(id))) {
      const article = section.appendChild(make("article", "card"));
      article.dataset.card = card.id;
      article.classList.toggle("blocked", Boolean(card.blocked));
      article.append(make("div", "title", card.title));
      article.append(makeButton(card, column, CONFIG.columns[index - 1], "left"));
      article.append(makeButton(card, column, CONFIG.columns[index + 1], "right"));
    }
  });
  undo.disabled = history.length === 0;
}

undo.addEventListener("click", () => change(() => {
  columns = history.pop();
}));
draw();
