const log = console.log;

const chain = (name, left) => { log(name + left); if (left > 0) { setImmediate(chain, name, left - 1); } };
setImmediate(chain, 'a', 4);
setImmediate(chain, 'b', 4);
