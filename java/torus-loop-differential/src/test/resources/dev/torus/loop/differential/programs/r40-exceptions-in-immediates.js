const log = console.log;

process.on('uncaughtException', (e) => { log('caught ' + e.message); });
setImmediate(() => { log('1'); throw new Error('one'); });
setImmediate(() => log('2'));
setImmediate(() => { setImmediate(() => log('4')); log('3'); });
