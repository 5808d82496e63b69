const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => log('never'), 1).unref();
busy(10);
process.on('exit', () => log('exit'));
