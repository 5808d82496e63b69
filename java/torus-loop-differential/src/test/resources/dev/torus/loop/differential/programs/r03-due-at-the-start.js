const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setImmediate(() => log('immediate'));
setTimeout(() => log('timer'), 1);
busy(20);
