const log = console.log;

const fs = require('fs');
// shortening a file does not move its position, nor does a write at a place, also to an appending file
fs.open('f', 'w+', (e, fd) => fs.write(fd, 'abcdef', null, 'latin1', () => fs.ftruncate(fd, 2, () => {
  fs.write(fd, 'g', null, 'latin1', () => fs.readFile('f', 'latin1', (e2, text) => {
    log(text.replace(/\0/g, '.'));
    fs.close(fd, () => fs.open('f', 'a+', (e3, appending) => fs.write(appending, 'X', 0, 'latin1', () => {
      const buffer = Buffer.alloc(3);
      fs.read(appending, buffer, 0, 3, null, (e4, count) => {
        log(count + ' ' + buffer.toString('latin1', 0, count).replace(/\0/g, '.'));
        fs.unlink('f', () => fs.fstat(appending, (e5, found) => { log(e5 ? e5.code : found.size); fs.close(appending, () => log('closed')); }));
      });
    })));
  }));
})));
