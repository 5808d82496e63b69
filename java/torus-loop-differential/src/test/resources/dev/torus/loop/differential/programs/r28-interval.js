const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

let n = 0;
const interval = setInterval(() => {
  log('interval ' + ++n);
  setImmediate(() => log('immediate ' + n));
  busy(15);
  if (n === 3) { clearInterval(interval); }
}, 10);
