const { clip } = require("./clip");
const { utf8Bytes } = require("./measure");

function pushPayload(message, config) {
  return {
    topic: config.topic,
    ttl: config.ttl_s,
    title: clip(message.title, config.title_bytes, utf8Bytes),
    body: clip(message.body, config.body_bytes, utf8Bytes),
  };
}

module.exports = { pushPayload };
