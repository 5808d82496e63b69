const log = console.log;

setImmediate(() => log('unrefed')).unref();
setImmediate(() => log('refed'));
