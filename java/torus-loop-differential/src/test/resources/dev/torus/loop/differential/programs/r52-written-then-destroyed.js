// behind pair.js
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
