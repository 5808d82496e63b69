// behind pair.js
pair((client, peer) => {
  let received = 0;
  const small = 100000;
  const large = 30000000;
  peer.setEncoding('latin1');
  peer.on('data', (text) => {
    received += text.length;
    if (received === small) { log('small received'); second(); }
    if (received === small + large + 3) { log('all received'); client.destroy(); }
  });
  client.on('drain', () => { log('drain'); process.nextTick(() => log('drain tick')); });
  log('small ' + client.write('x'.repeat(small), () => log('small written')));
  process.nextTick(() => log('tick'));
  const second = () => {
    log('large ' + client.write('y'.repeat(large), () => log('large written')));
    log('behind ' + client.write('b', () => { log('b written'); process.nextTick(() => log('b tick')); }));
    log('behind ' + client.write('c', () => { log('c written'); process.nextTick(() => log('c tick')); }));
    client.write('d');
    process.nextTick(() => log('second tick'));
  };
});
