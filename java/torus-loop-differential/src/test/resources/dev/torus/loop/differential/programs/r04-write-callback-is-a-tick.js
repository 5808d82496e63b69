// behind pair.js
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
