// 根据剩余车位数输出显示屏文字
const texts = require("./texts.json");

const left = Number(process.argv[2] || 0);
console.log(left > 0 ? `${texts.free} ${left}` : texts.full);
console.log(`${texts.entrance} ${texts.hotline}`);
