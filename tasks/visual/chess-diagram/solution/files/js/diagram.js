"use strict";

const NAMES = { k: "king", q: "queen", r: "rook", b: "bishop", n: "knight", p: "pawn" };
const SYMBOLS = "KQRBNPkqrbnp";
const FIRST_SYMBOL = 0x2654;
const board = document.getElementById("board");
let flipped = false;

/** Return {ranks, side} with eight strings of eight characters, spaces for empty squares; null for what is no FEN. */
function parse(fen) {
  const fields = fen.split(" ");
  if (fields.length !== 6 || !/^[wb]$/.test(fields[1]) || !/^[KQRBNPkqrbnp1-8/]+$/.test(fields[0])) {
    return null;
  }
  const ranks = fields[0].split("/").map((rank) => rank.replace(/\d/g, (count) => " ".repeat(Number(count))));
  const all = ranks.join("");
  const sound = ranks.length === 8 && ranks.every((rank) => rank.length === 8)
    && all.split("K").length === 2 && all.split("k").length === 2 && !/[Pp]/.test(ranks[0] + ranks[7]);
  return sound ? { ranks, side: fields[1] } : null;
}

function makeSquare(ranks, file, rank) {
  const square = document.createElement("div");
  const name = "abcdefgh"[file] + (rank + 1);
  const piece = ranks[7 - rank][file];
  square.className = `square ${(file + rank) % 2 === 0 ? "dark" : "light"}`;
  square.setAttribute("role", "gridcell");
  square.dataset.square = name;
  if (piece === " ") {
    square.setAttribute("aria-label", `${name}, empty`);
  } else {
    const color = piece === piece.toUpperCase() ? "white" : "black";
    square.setAttribute("aria-label", `${name}, ${color} ${NAMES[piece.toLowerCase()]}`);
    square.textContent = String.fromCodePoint(FIRST_SYMBOL + SYMBOLS.indexOf(piece));
  }
  return square;
}

function draw() {
  const position = parse(POSITION.fen);
  board.replaceChildren();
  document.getElementById("caption").textContent = POSITION.caption;
  document.getElementById("problem").textContent = position ? "" : `Not a position: ${POSITION.fen}`;
  document.getElementById("turn").textContent = position ? `${position.side === "w" ? "White" : "Black"} to move` : "";
  if (!position) {
    return;
  }
  for (let index = 0; index < 8; index++) {
    const row = board.appendChild(document.createElement("div"));
    row.setAttribute("role", "row");
    for (let place = 0; place < 8; place++) {
      const [file, rank] = flipped ? [7 - place, index] : [place, 7 - index];
      row.append(makeSquare(position.ranks, file, rank));
    }
  }
}

document.getElementById("flip").addEventListener("click", () => {
  flipped = !flipped;
  draw();
});
draw();
