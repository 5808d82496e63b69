const log = console.log;

const fs = require('fs');
fs.stat('.', () => log('stat'));
setTimeout(() => log('timer'), 300);
process.nextTick(() => log('tick'));
log('main');
