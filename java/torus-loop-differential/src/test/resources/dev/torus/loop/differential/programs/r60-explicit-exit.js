const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

process.on('exit', (code) => log('exit ' + code));
process.on('beforeExit', () => log('never'));
setTimeout(() => { process.nextTick(() => log('never')); Promise.resolve().then(() => log('never')); process.exit(7); }, 1);
setTimeout(() => log('never'), 1);
busy(10);
