const log = console.log;

setImmediate(() => log('never')).unref();
process.on('exit', () => log('exit'));
