const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

const timers = [];
timers[0] = setTimeout(() => { log('0'); clearTimeout(timers[1]); process.nextTick(() => clearTimeout(timers[2])); Promise.resolve().then(() => clearInterval(timers[3])); }, 1);
for (let i = 1; i < 6; i++) { timers[i] = setTimeout(() => log(String(i)), 1); }
clearTimeout(+timers[5]);
clearTimeout(timers[5]); clearTimeout(undefined); clearTimeout(null); clearTimeout('no timer'); clearTimeout({});
const interval = setInterval(() => { log('interval'); clearTimeout(interval); }, 5);
busy(10);
