const a = setImmediate(() => { log('runs ' + a.hasRef()); setImmediate(() => log('ran ' + a.ref().hasRef())); });
log('queued ' + a.hasRef());
const b = setImmediate(() => log('never'));
clearImmediate(b);
log('cleared ' + b.hasRef());
