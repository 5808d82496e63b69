const log = console.log;

const count = (name) => { let n = 0; const step = () => { if (n++ < 6) { log(name + ' ' + n); Promise.resolve().then(step); } }; Promise.resolve().then(step); };
count('job');
(async () => { await 1; log('await of a value'); })();
(async () => { await Promise.resolve(); log('await of a promise'); })();
(async () => { await { then(resolve) { resolve(); } }; log('await of a thenable'); })();
new Promise((resolve) => resolve(Promise.resolve())).then(() => log('resolved with a promise'));
(async () => Promise.resolve())().then(() => log('returned a promise'));
