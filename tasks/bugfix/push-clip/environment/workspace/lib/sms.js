const { clip } = require("./clip");
const { utf16Units } = require("./measure");

function smsPayload(message, config) {
  const text = message.title ? `${message.title}: ${message.body}` : message.body;
  return { from: config.sender, text: clip(text, config.units, utf16Units) };
}

module.exports = { smsPayload };
