const log = console.log;

process.nextTick(() => {
  log('tick 1');
  Promise.resolve().then(() => log('promise of tick 1'));
  process.nextTick(() => log('tick of tick 1'));
});
Promise.resolve().then(() => {
  log('promise 1');
  process.nextTick(() => log('tick of promise 1'));
  queueMicrotask(() => log('microtask of promise 1'));
});
queueMicrotask(() => log('microtask'));
process.nextTick(() => log('tick 2'));
log('main');
