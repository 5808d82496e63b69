let second;
setTimeout(() => { log('first'); process.nextTick(() => second.refresh()); }, 5);
second = setTimeout(() => log('second'), 5);
setTimeout(() => log('third'), 5);
busy(20);
