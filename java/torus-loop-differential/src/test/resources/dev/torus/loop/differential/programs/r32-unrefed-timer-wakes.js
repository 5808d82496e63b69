const log = console.log;

setTimeout(() => log('unrefed'), 10).unref();
setTimeout(() => log('refed'), 40);
