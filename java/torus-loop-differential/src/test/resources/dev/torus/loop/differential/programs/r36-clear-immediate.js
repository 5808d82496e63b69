const log = console.log;

let b;
setImmediate(() => { log('a'); clearImmediate(b); process.nextTick(() => clearImmediate(c)); });
b = setImmediate(() => log('never b'));
const c = setImmediate(() => log('never c'));
const d = setImmediate(() => { log('d'); clearImmediate(d); });
