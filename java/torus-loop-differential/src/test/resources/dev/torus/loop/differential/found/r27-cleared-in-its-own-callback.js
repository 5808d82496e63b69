const timer = setTimeout(() => {
  log('timer');
  clearTimeout(timer);
  setTimeout(() => log('older'), 10);
  busy(5);
  setTimeout(() => log('younger'), 5);
}, 10);
