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
  peer.setEncoding('utf8');
  peer.on('data', (text) => { log('data ' + text); process.nextTick(() => log('data tick')); setImmediate(() => log('data immediate')); });
  peer.on('end', () => { log('end'); setImmediate(() => log('end immediate')); });
  peer.on('close', () => log('close'));
  client.resume();
  client.end('last');
  setImmediate(() => { log('first'); setImmediate(() => { log('second'); setImmediate(() => log('third')); }); });
});
