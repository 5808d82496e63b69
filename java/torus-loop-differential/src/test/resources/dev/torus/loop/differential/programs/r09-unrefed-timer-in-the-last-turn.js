const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

setTimeout(() => log('unrefed'), 60).unref();
setImmediate(() => { busy(90); log('immediate'); });
