const log = console.log;

const a = setTimeout(() => log('a'), 60);
setTimeout(() => log('b'), 60);
a.refresh();
let times = 0;
const c = setTimeout(() => { log('c'); if (++times < 3) { c.refresh(); } }, 200);
const cleared = setTimeout(() => log('never'), 5);
clearTimeout(cleared);
cleared.refresh();
