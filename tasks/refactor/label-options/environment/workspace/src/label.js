"use strict";

const defaults = require("./defaults");

function renderLabel(
  sample,
  widthMm,
  heightMm,
  dpi = defaults.dpi,
  marginUm = defaults.marginUm,
  rotate = defaults.rotate,
  barcode = defaults.barcode,
) {
  if (!(widthMm > 0 && heightMm > 0)) throw new RangeError(`bad size ${widthMm} x ${heightMm}`);
  const head = `${widthMm}x${heightMm} dpi=${dpi} margin=${marginUm} rotate=${rotate}`;
  const heat = `burn=${defaults.burnUs} stock=${defaults.stock}`;
  const code = barcode ? ` |${sample.id}| quiet=${defaults.quietUm}` : "";
  return `${head} ${heat}: ${sample.id} ${sample.name}${code}`;
}

module.exports = { renderLabel };
