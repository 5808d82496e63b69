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
