const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => log('a'), 100);
setTimeout(() => log('b'), 100.9);
setTimeout(() => log('c'), '100');
setTimeout(() => log('d'), 30);
busy(150);
