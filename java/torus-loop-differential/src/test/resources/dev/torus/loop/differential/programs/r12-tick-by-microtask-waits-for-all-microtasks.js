const log = console.log;

Promise.resolve().then(() => {
  process.nextTick(() => log('tick'));
  Promise.resolve().then(() => { log('p2'); Promise.resolve().then(() => log('p3')); });
  log('p1');
});
