const log = console.log;

const net = require('net');
const server = net.createServer((peer) => {
  peer.setEncoding('utf8');
  let all = '';
  peer.on('data', (text) => { all += text; });
  peer.on('end', () => { log(all); server.close(); });
}).listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('a', () => log('a written'));
  socket.write('b', () => log('b written'));
  socket.on('connect', () => { socket.write('c', () => { log('c written'); socket.end(); }); });
});
