"use strict";

const SVG = "http://www.w3.org/2000/svg";
const PLOT = { left: 60, right: 700, top: 20, bottom: 310 };
const chart = document.getElementById("chart");

/** Append an SVG element with attributes, and return it. */
function add(parent, name, attributes = {}) {
  const element = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}

add(chart, "rect", {
  x: PLOT.left, y: PLOT.top, width: PLOT.right - PLOT.left, height: PLOT.bottom - PLOT.top, fill: "none", stroke: "#8a949c",
});
