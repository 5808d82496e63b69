const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

const fs = require('fs');
fs.stat('.', () => {
  setTimeout(() => log('timer'), 1);
  setImmediate(() => log('immediate'));
  busy(20);
});
