setTimeout(() => { log('A1'); process.nextTick(() => { busy(2); setTimeout(() => log('B'), 3); }); }, 10);
busy(5);
setTimeout(() => log('A2'), 10);
