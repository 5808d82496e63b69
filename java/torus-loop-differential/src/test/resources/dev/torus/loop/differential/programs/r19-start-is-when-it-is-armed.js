const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => {
  busy(30);
  const before = Date.now();
  setTimeout(() => log(Date.now() - before >= 19 ? 'waited' : 'too early'), 20);
}, 1);
