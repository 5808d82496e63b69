const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

let n = 0;
const a = setInterval(() => { log('a'); if (++n > 6) { clearInterval(a); clearInterval(b); } }, 5);
const b = setInterval(() => { log('b'); }, 5);
busy(8);
