const log = console.log;

const fs = require('fs');
// closing a file again is an error, and closes no other one
const closeAgain = (file, other) => fs.close(file, (e) => {
  log(e.code);
  fs.read(other, Buffer.alloc(1), 0, 1, null, (e2, count) => {
    log(e2 ? e2.code : count);
    fs.close(other, (e3) => log(e3 ? e3.code : 'closed'));
  });
});
fs.open('f', 'w+', (e, other) => fs.open('f', 'w+', (e2, file) => fs.close(file, () => {
  let left = 2;
  for (const at of [0, 3]) {
    fs.read(other, Buffer.alloc(5), 0, 5, at, () => { if (--left === 0) { closeAgain(file, other); } });
  }
})));
