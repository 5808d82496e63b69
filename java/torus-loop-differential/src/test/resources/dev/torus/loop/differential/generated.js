// What generated programs use. The clock is virtual on both sides and is spoken to by umask: see virtual_clock.c.
const fs = require('fs');
let printed = 0;
const log = (line) => {
  console.log(line);
  if (++printed === 400) { process.exit(9); }
};
const busy = (millis) => process.umask(millis);
const timers = {};
const immediates = {};
const call = (target, method) => { if (target) { target[method](); log(method + ' ' + target.hasRef()); } };
let refreshes = 0;
const refresh = (timer) => { if (timer && refreshes++ < 6) { timer.refresh(); } };
const caught = (label) => (e) => log('caught ' + label + ' ' + e.message);

// One request at a time: the order of several is nobody's business.
const waiting = [];
let underWay = false;
// Node polls while it ends, and must not wait for a request then.
let ending = false;
process.on('exit', () => { ending = true; process.umask(0x100000); });
const scope = scopeOf('');
const request = (what, done) => { waiting.push([what, done]); if (!underWay) { nextRequest(); } };
const nextRequest = () => {
  while (waiting.length > 0) {
    const [what, done] = waiting.shift();
    process.umask(ending ? 0x100000 : 0x100001);
    underWay = operate(scope, what, (result) => {
      underWay = false;
      process.umask(0x100000);
      nextRequest();
      done(result);
    });
    if (underWay) { return; }
    process.umask(0x100000);
  }
};
