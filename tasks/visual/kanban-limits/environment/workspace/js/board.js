"use strict";

const board = document.getElementById("board");

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function draw() {
  board.replaceChildren();
  for (const column of CONFIG.columns) {
    const section = board.appendChild(make("section", "column"));
    section.dataset.column = column.id;
    section.append(make("h2", "", column.title));
    for (const card of CONFIG.cards.filter((one) => one.column === column.id)) {
      const article = section.appendChild(make("article", "card", card.title));
      article.dataset.card = card.id;
    }
  }
}

draw();
