// 显示版本号，并检查两处版本号是否一致
const { VERSION } = require("./version.js");
const manifest = require("./package.json");

if (manifest.version !== VERSION) {
  console.error(`版本号不一致：package.json 为 ${manifest.version}，version.js 为 ${VERSION}`);
  process.exit(1);
}
console.log(`${manifest.name} ${VERSION}`);
console.log(`build ${manifest.build}`);
