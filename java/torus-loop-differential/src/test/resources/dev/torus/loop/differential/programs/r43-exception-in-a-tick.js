const log = console.log;

process.on('uncaughtException', (e) => log('caught ' + e.message));
setTimeout(() => {
  process.nextTick(() => { log('tick 1'); throw new Error('t'); });
  process.nextTick(() => log('tick 2'));
  Promise.resolve().then(() => log('promise'));
}, 1);
setTimeout(() => log('later'), 30);
