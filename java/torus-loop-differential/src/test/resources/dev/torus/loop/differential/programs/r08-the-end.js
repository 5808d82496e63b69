const log = console.log;

process.on('beforeExit', () => log('before exit'));
process.on('exit', (code) => log('exit ' + code));
setTimeout(() => log('timer'), 5);
