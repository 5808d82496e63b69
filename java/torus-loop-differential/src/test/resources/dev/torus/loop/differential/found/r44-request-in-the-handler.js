process.on('uncaughtException', (e) => { log('uncaught ' + e.message);
  setImmediate(() => log('immediate'));
  request('stat .', (result) => log('request ' + result));
});
throw new Error('main');
