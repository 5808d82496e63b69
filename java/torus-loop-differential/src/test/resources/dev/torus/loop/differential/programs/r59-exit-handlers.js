const log = console.log;

process.on('exit', (code) => { log('exit 1 ' + code); process.nextTick(() => log('never')); Promise.resolve().then(() => log('microtask')); setTimeout(() => log('never'), 0); });
process.on('exit', () => log('exit 2'));
log('main');
