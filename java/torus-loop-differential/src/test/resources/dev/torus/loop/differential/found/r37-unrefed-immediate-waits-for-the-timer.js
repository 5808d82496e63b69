queueMicrotask(() => { timers[0] = setTimeout(() => log('timeout 6'), 3); immediates[0].unref(); });
immediates[0] = setImmediate(() => { log('immediate 16'); setInterval(() => log('interval 15'), 0).unref(); });
