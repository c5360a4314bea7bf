const fs = require("fs");
const channels = require("./config/channels.json");
const { pushPayload } = require("./lib/push");
const { smsPayload } = require("./lib/sms");

const message = JSON.parse(fs.readFileSync(0, "utf8"));
const payloads = { push: pushPayload, sms: smsPayload };
const channel = process.argv[2];
console.log(JSON.stringify(payloads[channel](message, channels[channel])));
