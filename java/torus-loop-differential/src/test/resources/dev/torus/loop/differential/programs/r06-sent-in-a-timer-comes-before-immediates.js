// behind pair.js
pair((client, peer) => {
  peer.setEncoding('utf8');
  let rounds = 0;
  peer.on('data', (text) => {
    log('data ' + text);
    setImmediate(() => log('data immediate'));
    if (++rounds === 3) { client.destroy(); }
  });
  const round = (n) => setTimeout(() => {
    log('timer ' + n);
    client.write('t' + n);
    setImmediate(() => log('timer immediate ' + n));
  }, 10 * n);
  round(1);
  round(2);
  round(3);
});
