const log = console.log;

process.on('uncaughtException', (e) => log('caught ' + e.message));
process.nextTick(() => log('tick'));
Promise.resolve().then(() => log('promise'));
setTimeout(() => log('timer'), 10);
throw new Error('main');
