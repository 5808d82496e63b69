// behind pair.js
pair((client, peer) => {
  client.on('data', () => {
    log('client data');
    client.end();
    setImmediate(() => { log('immediate'); setImmediate(() => log('second immediate')); });
    setTimeout(() => log('timer'), 1);
    busy(3);
  });
  client.on('end', () => log('client end'));
  client.on('close', () => log('client close'));
  peer.on('end', () => { log('peer end'); setImmediate(() => log('peer end immediate')); });
  peer.on('close', () => log('peer close'));
  peer.resume();
  peer.write('now');
});
