const log = console.log;

const net = require('net');
const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => log('never'));
  socket.on('error', () => log('never'));
  socket.on('close', () => { log('close'); server.close(() => log('server closed')); });
  socket.destroy();
  log('destroyed');
});
