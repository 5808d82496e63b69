const log = console.log;

const fs = require('fs');
let n = 0;
const round = () => {
  if (++n > 5) { return; }
  fs.stat('.', () => {
    log('io ' + n);
    setImmediate(() => { log('immediate ' + n); process.nextTick(() => log('tick ' + n)); setTimeout(round, 5); });
    queueMicrotask(() => log('microtask ' + n));
  });
};
round();
