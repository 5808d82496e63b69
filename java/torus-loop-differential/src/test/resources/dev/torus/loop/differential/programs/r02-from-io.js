const log = console.log;

const fs = require('fs');
fs.stat('.', () => {
  setTimeout(() => log('timer'), 0);
  setImmediate(() => log('immediate'));
  process.nextTick(() => log('tick'));
  Promise.resolve().then(() => log('promise'));
  log('io');
});
