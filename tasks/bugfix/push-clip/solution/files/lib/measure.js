/** How long a text is for the different receivers. */

const utf16Units = (text) => text.length;
const utf8Bytes = (text) => Buffer.byteLength(text, "utf8");

module.exports = { utf16Units, utf8Bytes };
