const log = console.log;

process.on('uncaughtException', (e) => log('caught ' + e.message));
queueMicrotask(() => { log('1'); throw new Error('m'); });
queueMicrotask(() => log('2'));
Promise.resolve().then(() => log('3'));
