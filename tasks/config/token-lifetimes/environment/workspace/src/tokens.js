"use strict";

const FIELDS = ["access_s", "refresh_s", "leeway_ms", "audience"];

function effective(config, client) {
  return { ...config.defaults, ...(config.clients[client] ?? {}) };
}

function problems(config) {
  const found = [];
  for (const name of ["", ...Object.keys(config.clients)]) {
    const settings = effective(config, name);
    for (const field of Object.keys(settings)) {
      if (!FIELDS.includes(field)) found.push(`${name}: unknown field ${field}`);
    }
    for (const field of FIELDS.slice(0, 3)) {
      if (!Number.isInteger(settings[field])) found.push(`${name}: ${field} is no integer`);
    }
    if (settings.access_s >= settings.refresh_s) {
      found.push(`${name}: access outlives refresh`);
    }
    if (!/^[a-z_]+$/.test(settings.audience)) found.push(`${name}: bad audience`);
  }
  return found;
}

module.exports = { effective, problems };
