// behind pair.js
// What follows an end within the same turn: the peer's answer to it, and both closes.
const from = (name, start, next) => pair((client, peer) => {
  log('from ' + name);
  peer.on('end', () => { log('peer end'); process.nextTick(() => log('peer end tick')); setImmediate(() => log('peer end immediate')); });
  peer.on('close', () => log('peer close'));
  client.on('end', () => { log('client end'); setImmediate(() => log('client end immediate')); });
  client.on('close', () => { log('client close'); if (next) { setTimeout(next, 5); } });
  client.resume();
  peer.resume();
  start(() => {
    client.end();
    process.nextTick(() => log('tick'));
    queueMicrotask(() => log('microtask'));
    setTimeout(() => log('timer'), 1);
    setImmediate(() => { log('immediate'); setImmediate(() => { log('second immediate'); setImmediate(() => log('third immediate')); }); });
    busy(3);
  });
});
from('an immediate', (end) => setImmediate(end), () => from('a timer', (end) => setTimeout(end, 5), () => from('a tick', (end) => process.nextTick(end))));
