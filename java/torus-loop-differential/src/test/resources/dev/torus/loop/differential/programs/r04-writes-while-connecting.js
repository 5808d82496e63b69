// behind pair.js
const attempt = (early, next) => {
  const server = net.createServer((peer) => {
    let all = '';
    peer.setEncoding('utf8');
    peer.on('data', (text) => { all += text; });
    peer.on('end', () => { server.close(); setTimeout(() => { log('peer got ' + all); if (next) { next(); } }, 10); });
  });
  server.listen(0, '127.0.0.1', () => {
    const socket = net.connect({ port: server.address().port, host: '127.0.0.1' });
    const handler = () => socket.on('connect', () => {
      log('connect');
      process.nextTick(() => log('connect tick'));
      queueMicrotask(() => log('connect microtask'));
      setImmediate(() => { log('connect immediate'); socket.end(); });
      socket.write('d', () => log('d written'));
      process.nextTick(() => log('connect tick after'));
    });
    if (early) { handler(); }
    socket.write('a', () => { log('a written'); process.nextTick(() => log('a tick')); });
    socket.write('b', () => { log('b written'); process.nextTick(() => log('b tick')); });
    socket.write('c', () => log('c written'));
    if (!early) { handler(); }
  });
};
attempt(true, () => attempt(false));
