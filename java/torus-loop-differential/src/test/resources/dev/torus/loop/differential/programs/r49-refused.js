const log = console.log;

const net = require('net');
const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
  const port = server.address().port;
  server.close(() => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => log('never'));
    socket.on('error', (e) => log('error ' + e.code));
    socket.on('close', () => log('close'));
    log('connecting');
  });
});
