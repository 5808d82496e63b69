const log = console.log;

const t = setTimeout(() => log('timer'), 10);
log(t.hasRef()); t.unref(); t.unref(); log(t.hasRef()); t.ref(); log(t.hasRef());
const u = setTimeout(() => log('never'), 20); u.unref();
