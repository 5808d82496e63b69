const log = console.log;
const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end) { /* spends time */ } };

const at = (name, ms) => setTimeout(() => log(name), ms);
at('0', 0); at('-5', -5); at('NaN', NaN); at('undefined', undefined); at('1.9', 1.9); at('2147483648', 2147483648); at('"1"', '1');
at('30', 30); at('30.7', 30.7);
clearTimeout(at('2147483647', 2147483647));
busy(10);
