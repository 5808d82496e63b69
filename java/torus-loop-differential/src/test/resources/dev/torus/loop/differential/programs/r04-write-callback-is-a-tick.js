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
const around = (name, what) => {
  process.nextTick(() => log(name + ' tick before'));
  queueMicrotask(() => log(name + ' microtask before'));
  setImmediate(() => log(name + ' immediate before'));
  what();
  process.nextTick(() => log(name + ' tick after'));
  queueMicrotask(() => log(name + ' microtask after'));
  setImmediate(() => log(name + ' immediate after'));
};
pair((client, peer) => {
  const writes = () => {
    client.write('a', () => { log('a written'); process.nextTick(() => log('tick of a')); });
    client.write('b', () => log('b written'));
  };
  const steps = [
    () => setTimeout(() => around('timer', writes), 5),
    () => { client.on('data', () => around('data', writes)); peer.write('now'); },
    () => client.destroy(),
  ];
  let received = 0;
  peer.setEncoding('utf8');
  peer.on('data', (text) => {
    received += text.length;
    if (received % 2 === 0) { log('peer got both'); setTimeout(() => steps.shift()(), 5); }
  });
  around('immediate', writes);
});
