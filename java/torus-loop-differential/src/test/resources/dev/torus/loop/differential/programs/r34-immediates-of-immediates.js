const log = console.log;

setImmediate(() => { log('1'); setImmediate(() => log('3')); process.nextTick(() => setImmediate(() => log('4'))); });
setImmediate(() => { log('2'); setTimeout(() => log('timer'), 40); });
