const log = console.log;

const fs = require('fs');
fs.readFile('missing', 'utf8', (e) => { log(e.code);
  fs.mkdir('d', () => fs.mkdir('d', (e) => { log(e.code);
    fs.readFile('d', 'utf8', (e) => { log(e.code);
      fs.rmdir('d', (e) => { log(String(e)); fs.rmdir('d', (e) => log(e.code)); }); }); })); });
