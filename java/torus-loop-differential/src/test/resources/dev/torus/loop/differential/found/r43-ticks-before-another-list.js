process.on('uncaughtException', (e) => log('caught ' + e.message));
setTimeout(() => { process.nextTick(() => log('tick A')); log('A'); throw new Error('a'); }, 1);
setTimeout(() => log('B'), 2);
setTimeout(() => log('C'), 3);
busy(20);
