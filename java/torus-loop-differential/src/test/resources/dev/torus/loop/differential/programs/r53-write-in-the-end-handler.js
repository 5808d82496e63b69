// behind pair.js
pair((client, peer) => {
  let all = '';
  client.setEncoding('utf8');
  client.on('data', (text) => { all += text; });
  client.on('close', () => log('client close, got ' + all));
  peer.resume();
  peer.on('end', () => {
    log('peer end');
    peer.write('one ', () => log('one written'));
    process.nextTick(() => { log('tick'); peer.write('two', () => log('two written')); });
  });
  peer.on('close', () => log('peer close'));
  client.end();
});
