const log = console.log;

setTimeout(() => {
  setImmediate(() => log('immediate'));
  setTimeout(() => log('timer'), 30);
  log('first');
}, 5);
