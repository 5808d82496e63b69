const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

for (const n of [1, 2, 3]) {
  setTimeout(() => {
    log('timer ' + n);
    process.nextTick(() => log('tick ' + n));
    Promise.resolve().then(() => log('promise ' + n));
  }, 1);
}
setTimeout(() => { log('other list'); queueMicrotask(() => log('its microtask')); }, 3);
busy(20);
