// For programs whose order the rules leave open but for what each request or socket sees: every one has a log of its own. Real time.
const fs = require('fs');
const net = require('net');
const logs = [];
const own = (name) => { const lines = []; logs.push([name, lines]); return (line) => lines.push(line); };
process.on('exit', () => {
  for (const [name, lines] of logs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) { console.log(name + ': ' + lines.join(' | ')); }
});

// R1: nothing is called inside of a call. R13: ticks and microtasks of one macrotask are over when the next begins.
let inside = 0;
let undrained = 0;
const starting = (call) => { inside++; try { return call(); } finally { inside--; } };
const macrotask = (log) => {
  if (inside > 0) { log('inside of a call'); }
  if (undrained > 0) { log('not drained'); }
  undrained++;
  process.nextTick(() => { if (inside > 0) { log('tick inside of a call'); } });
  queueMicrotask(() => { undrained--; });
};
// From a macrotask of the poll phase: ticks, microtasks, immediate, timer (R2, R11).
const order = (log) => {
  const line = [];
  setTimeout(() => { line.push('timer'); log(line.join(' ')); }, 0);
  setImmediate(() => line.push('immediate'));
  Promise.resolve().then(() => { line.push('job'); process.nextTick(() => line.push('late tick')); });
  queueMicrotask(() => line.push('microtask'));
  process.nextTick(() => line.push('tick'));
};

// Steps one after the other, beside other scripts (R46, R48).
let scripts = 0;
const pauses = {
  timer: (done, millis) => setTimeout(done, Number(millis)), immediate: (done) => setImmediate(done), tick: (done) => process.nextTick(done),
};
const script = (label, steps) => {
  const log = own('script ' + label);
  const orders = own('script ' + label + ' orders');
  const scope = scopeOf('script' + label + '/');
  alone = ++scripts === 1;
  const next = (i) => {
    if (i === steps.length) { log('end'); return; }
    const [word, argument] = steps[i].split(' ');
    if (word in pauses) { pauses[word](() => next(i + 1), argument); return; }
    let calls = 0;
    const started = starting(() => operate(scope, steps[i], (result) => {
      macrotask(log);
      log(steps[i] + ': ' + result + (++calls === 1 ? '' : ', again'));
      if (i % 4 === 0 && !/File/.test(word)) { order(orders); }
      next(i + 1);
    }));
    if (!started) { next(i + 1); }
  };
  fs.mkdir('script' + label, () => next(0));
};

// Only a safety net: what waits for something that does not come says so.
setTimeout(() => { console.log('stuck'); process.exit(7); }, 20000).unref();
