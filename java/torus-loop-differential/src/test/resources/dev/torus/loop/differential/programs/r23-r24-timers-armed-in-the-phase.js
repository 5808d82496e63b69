const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => {
  log('first');
  setTimeout(() => log('armed inside'), 0);
  setImmediate(() => log('immediate'));
  busy(10);
}, 1);
setTimeout(() => log('second'), 1);
busy(10);
