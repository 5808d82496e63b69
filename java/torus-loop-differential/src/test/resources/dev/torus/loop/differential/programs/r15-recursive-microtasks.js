const log = console.log;

let left = 20000;
const again = () => { if (--left > 0) { queueMicrotask(again); } else { log('microtasks done'); } };
setImmediate(() => log('immediate'));
queueMicrotask(again);
let ticks = 20000;
const tick = () => { if (--ticks > 0) { process.nextTick(tick); } else { log('ticks done'); } };
process.nextTick(tick);
