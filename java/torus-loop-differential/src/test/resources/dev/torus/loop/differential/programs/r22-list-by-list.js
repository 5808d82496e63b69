const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => log('A1'), 100);
busy(50);
setTimeout(() => log('B1'), 60);
busy(30);
setTimeout(() => log('A2'), 100);
busy(150);
