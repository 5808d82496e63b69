const log = console.log;

for (const n of [1, 2, 3]) {
  setImmediate(() => {
    log('immediate ' + n);
    process.nextTick(() => log('tick ' + n));
    Promise.resolve().then(() => log('promise ' + n));
  });
}
