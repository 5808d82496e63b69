const log = console.log;

const net = require('net');
const server = net.createServer((peer) => {
  log('accepted');
  let all = '';
  peer.setEncoding('utf8');
  peer.on('data', (text) => { all += text; });
  peer.on('end', () => { log('server end ' + all); });
  peer.on('close', () => { log('server close'); server.close(() => log('listener closed')); });
}).listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => {
    socket.write('hello ');
    socket.end('world');
  });
});
