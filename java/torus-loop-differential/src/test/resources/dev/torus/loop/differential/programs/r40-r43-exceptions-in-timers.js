const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

process.on('uncaughtException', (e) => log('caught ' + e.message));
setTimeout(() => { process.nextTick(() => log('tick A')); log('A'); throw new Error('a'); }, 1);
setTimeout(() => { process.nextTick(() => log('tick B')); log('B'); }, 1);
setTimeout(() => { log('C'); }, 1);
busy(10);
