const log = console.log;

const crypto = require('crypto');
const work = (n, rounds, next) => crypto.pbkdf2('secret', 'salt', rounds, 16, 'sha256', (error, key) => {
  log('work ' + n + ' ' + key.length);
  process.nextTick(() => log('tick ' + n));
  Promise.resolve().then(() => log('promise ' + n));
  setImmediate(() => { log('immediate ' + n); next(); });
});
work(1, 100, () => work(2, 200, () => log('done')));
