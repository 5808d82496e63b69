const log = console.log;

const net = require('net');
const busy = (millis) => { const until = Date.now() + millis; while (Date.now() < until) { /* so that a timer is due */ } };
// both ends of a connection, in a check phase
const pair = (use, halfOpen) => {
  let peer;
  let client;
  let ready = 0;
  const both = () => { if (++ready === 2) { setImmediate(() => setImmediate(() => use(client, peer))); } };
  const server = net.createServer({ allowHalfOpen: Boolean(halfOpen) }, (socket) => { peer = socket; server.close(); both(); });
  server.listen(0, '127.0.0.1', () => {
    client = net.connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: Boolean(halfOpen) }, both);
  });
};
pair((client, peer) => {
  let all = '';
  peer.setEncoding('utf8');
  peer.on('data', (text) => { all += text; });
  peer.on('end', () => log('peer end'));
  peer.on('close', () => log('peer close, got ' + all));
  client.on('close', () => log('client close'));
  client.write('one ', () => log('one written'));
  client.write('two');
  client.destroy();
  process.nextTick(() => log('tick'));
});
