// Node's timers as TimersBenchmark does it: node --expose-gc timers.js COUNT. Bytes are what
// an armed timer holds, not what was allocated.
'use strict';
const total = Number(process.argv[2]);
const far = [1000, 2000, 5000, 10000, 30000, 60000, 75000, 120000];
const WARMUPS = 4;

const spent = () => { const { user, system } = process.cpuUsage(); return (user + system) * 1000; };

const armAndCancel = (count, heap) => {
  const timers = new Array(count);
  const callback = () => { throw new Error('fired'); };
  for (let i = 0; i < count; i++) { timers[i] = setTimeout(callback, far[i & 7]); }
  if (heap) { heap.armed = process.memoryUsage().heapUsed; }
  for (const timer of timers) { clearTimeout(timer); }
};

const armAndFire = (count) => new Promise((done) => {
  let left = count;
  const callback = () => { if (--left === 0) { done(); } };
  for (let i = 0; i < count; i++) { setTimeout(callback, 1 + (i * 31 & 63)); }
});

(async () => {
  for (let i = 0; i < WARMUPS; i++) { armAndCancel(total / 8); }
  global.gc();
  const heap = { before: process.memoryUsage().heapUsed };
  let before = spent();
  armAndCancel(total, heap);
  const cancelled = { ns: (spent() - before) / total, bytes: (heap.armed - heap.before) / total };
  for (let i = 0; i < WARMUPS; i++) { await armAndFire(total / 8); }
  global.gc();
  before = spent();
  await armAndFire(total);
  console.log(JSON.stringify({ cancelled, fired: { ns: (spent() - before) / total, bytes: null } }));
})();
