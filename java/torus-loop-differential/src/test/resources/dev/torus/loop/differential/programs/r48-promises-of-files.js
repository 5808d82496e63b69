const log = console.log;

const fs = require('fs').promises;
(async () => {
  await fs.writeFile('f', 'abc');
  log(await fs.readFile('f', 'utf8'));
  try { await fs.stat('nothing'); } catch (e) { log(e.code); }
  await fs.unlink('f');
  log('done');
})();
