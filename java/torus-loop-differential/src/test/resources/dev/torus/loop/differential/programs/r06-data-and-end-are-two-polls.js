// behind pair.js
pair((client, peer) => {
  peer.setEncoding('utf8');
  peer.on('data', (text) => { log('data ' + text); process.nextTick(() => log('data tick')); setImmediate(() => log('data immediate')); });
  peer.on('end', () => { log('end'); setImmediate(() => log('end immediate')); });
  peer.on('close', () => log('close'));
  client.resume();
  client.end('last');
  setImmediate(() => { log('first'); setImmediate(() => { log('second'); setImmediate(() => log('third')); }); });
});
