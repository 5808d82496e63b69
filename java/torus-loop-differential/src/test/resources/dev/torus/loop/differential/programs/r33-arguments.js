const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout((a, b) => log('timeout ' + a + b), 1, 'x', 'y');
let n = 0;
const i = setInterval((a) => { log('interval ' + a); if (++n === 2) { clearInterval(i); } }, 400, 'z');
setImmediate((a) => log('immediate ' + a), 'i');
process.nextTick((a) => log('tick ' + a), 't');
busy(10);
