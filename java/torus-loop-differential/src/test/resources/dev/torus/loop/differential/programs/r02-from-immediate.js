const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setImmediate(() => {
  setTimeout(() => log('timer'), 1);
  setImmediate(() => log('immediate'));
  busy(10);
  log('first');
});
