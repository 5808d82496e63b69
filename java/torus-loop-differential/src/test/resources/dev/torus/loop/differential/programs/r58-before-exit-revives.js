const log = console.log;

let times = 0;
process.on('beforeExit', () => { log('before exit'); if (times++ < 2) { setTimeout(() => log('timer'), 1); } process.nextTick(() => log('tick')); });
process.on('exit', () => log('exit'));
