const log = console.log;

const net = require('net');
const a = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
  setTimeout(() => log('timer'), 50);
  a.close(() => log('a closed'));
  log('closing');
});
