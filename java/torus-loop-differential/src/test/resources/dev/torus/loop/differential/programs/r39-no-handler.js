const log = console.log;

process.on('exit', (code) => log('exit ' + code));
setTimeout(() => { process.nextTick(() => log('never tick')); throw new Error('x'); }, 1);
setTimeout(() => log('never'), 1);
