const log = console.log;

const net = require('net');
const server = net.createServer({ allowHalfOpen: true }, (peer) => {
  peer.setEncoding('utf8');
  peer.on('data', (text) => log('server got ' + text));
  peer.on('end', () => { log('server end'); setTimeout(() => peer.end('late answer'), 20); });
  peer.on('close', () => { log('server close'); server.close(); });
}).listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => socket.end('question'));
  let all = '';
  socket.setEncoding('utf8');
  socket.on('data', (text) => { all += text; });
  // which of two sockets is first is open
  socket.on('end', () => process.on('exit', () => log('client end ' + all)));
});
