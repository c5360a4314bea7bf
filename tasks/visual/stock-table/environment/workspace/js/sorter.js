"use strict";

for (const header of document.querySelectorAll("table.sortable th")) {
  header.addEventListener("click", () => {
    const table = header.closest("table");
    const rows = Array.from(table.querySelectorAll("tbody tr, tfoot tr"));
    rows.sort((one, other) => {
      const texts = [one, other].map((row) => row.cells[header.cellIndex].textContent);
      return texts[0] < texts[1] ? -1 : 1;
    });
    table.querySelector("tbody").append(...rows);
  });
}
