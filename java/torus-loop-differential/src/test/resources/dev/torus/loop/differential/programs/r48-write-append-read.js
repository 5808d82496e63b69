const log = console.log;

const fs = require('fs');
fs.writeFile('f', 'one', (e) => {
  log('written ' + e);
  process.nextTick(() => log('tick'));
  Promise.resolve().then(() => log('promise'));
  fs.appendFile('f', ' two', () => fs.readFile('f', 'utf8', (e, text) => {
    log(text);
    fs.stat('f', (e, s) => { log(s.size + ' ' + s.isFile() + ' ' + s.isDirectory()); fs.rename('f', 'g', () => fs.unlink('g', (e) => log('gone ' + e))); });
    setImmediate(() => log('immediate'));
  }));
});
