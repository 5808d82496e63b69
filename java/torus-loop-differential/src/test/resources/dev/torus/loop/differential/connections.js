// A connection and what is done with it, one step at a time: the next begins when all that the rules promise of the last has come.
const PATTERN = letters(0, 23) + letters(5, 11) + letters(1, 17);
const LARGE = PATTERN.repeat(12000);
const stream = (from, length) => LARGE.slice(from % PATTERN.length, from % PATTERN.length + length);

const sideOf = (name, socket, halfOpen, link) => {
  const log = own(name);
  const side = {
    socket, halfOpen, log, writes: own(name + ' writes'), drains: own(name + ' drains'),
    sent: 0, received: 0, unwritten: 0, undrained: false, paused: false, peerEnded: false, ending: false, destroyed: false, closed: false,
  };
  const event = (line) => {
    if (inside > 0) { log('inside of a call'); }
    if (side.closed) { log('after close'); }
    if (side.destroyed && line !== 'close') { log('after destroy'); }
    if (line) { log(line); }
  };
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    event();
    if (side.paused) { log('data while paused'); }
    if (side.peerEnded) { log('data after end'); }
    if (text !== stream(side.received, text.length)) { log('wrong data at ' + side.received); }
    side.received += text.length;
    link.settle();
  });
  socket.on('end', () => {
    event('end after ' + side.received);
    side.peerEnded = true;
    side.ending = side.ending || !halfOpen;
    link.settle();
  });
  socket.on('error', (e) => { event('error ' + e.code); side.destroyed = true; link.settle(); });
  socket.on('drain', () => { side.drains('drain'); side.undrained = false; link.settle(); });
  socket.on('close', () => { event('close'); side.closed = true; link.settle(); });
  return side;
};
const write = (side, length, link) => {
  const number = side.sent;
  side.sent += length;
  side.unwritten++;
  return starting(() => side.socket.write(stream(number, length), (e) => {
    if (inside > 0 || side.closed) { side.writes('late'); }
    side.writes('written ' + (e ? e.code : number));
    side.unwritten--;
    link.settle();
  }));
};
const quiet = (me, peer, link) =>
  (me.paused || me.destroyed || me.received === peer.sent)
  && me.unwritten === 0
  && !me.undrained
  && (me.paused || me.destroyed || me.peerEnded || !(peer.ending || peer.destroyed))
  && (me.closed || !(me.destroyed || (me.peerEnded && me.ending)));
const open = (side) => !side.ending && !side.destroyed && !side.closed;
const gone = (side) => side.destroyed || side.closed;

// Programs by hand only. Beside a random one others begin, and a process that is being started has a copy of the listening socket for a moment: on
// NIO, which only closes its own, a connection may come about until the copy is closed, and is reset then.
const STRICT = 99;
const refused = (link, log, strict) => {
  let lines = [];
  const socket = starting(() => net.connect({ port: link.port, host: '127.0.0.1' }, () => lines.push('connected')));
  socket.on('error', (e) => lines.push('error ' + e.code));
  socket.on('close', () => {
    if ((lines[0] === 'connected' || lines[0] === 'error ECONNRESET') && !strict) { setTimeout(() => refused(link, log, strict), 1); return; }
    log([...lines, 'close'].join(' '));
    link.others--;
    link.settle();
  });
};

const actions = {
  send(me, peer, link, size) {
    if (!open(me) || gone(peer)) { return; }
    for (let piece = 0; piece <= size % 3; piece++) { write(me, 1 + size, link); }
  },
  both(me, peer, link, size) { actions.send(me, peer, link, size); actions.send(peer, me, link, size + 1); },
  large(me, peer, link, size) {
    if (!open(me) || gone(peer) || peer.paused) { return; }
    if (size % 2 === 1) { actions.pause(peer); }
    me.undrained = !write(me, 600000, link);
    // what the system takes at once is no reason to wait
    if (!me.undrained) { me.drains('drain'); }
    if (size % 2 === 1) {
      link.held = true;
      setTimeout(() => { link.held = false; actions.resume(peer); link.settle(); }, 2);
    }
  },
  end(me, peer, link, size) {
    if (!open(me) || (peer.paused && peer.received === me.sent)) { return; }
    // the peer may end in answer
    if (me.paused && !peer.halfOpen && me.received === peer.sent) { return; }
    me.ending = true;
    if (size % 2 === 1 && !gone(peer)) {
      const from = me.sent;
      me.sent += size;
      starting(() => me.socket.end(stream(from, size)));
    } else {
      starting(() => me.socket.end());
    }
  },
  pause(me) { if (!gone(me) && !me.peerEnded) { me.paused = true; starting(() => me.socket.pause()); } },
  resume(me) { if (me.paused) { me.paused = false; if (!gone(me)) { starting(() => me.socket.resume()); } } },
  destroy(me, peer, link) {
    // unread data makes a reset of the end
    if (gone(me) || me.received !== peer.sent || (peer.paused && peer.received === me.sent)) { return; }
    me.destroyed = true;
    starting(() => me.socket.destroy());
  },
  drop(me, peer, link, size) {
    if (!open(me) || gone(peer) || me.paused || peer.paused || me.received !== peer.sent) { return; }
    write(me, 1 + size, link);
    actions.destroy(me, peer, link);
  },
  another(me, peer, link) {
    if (link.serverClosed) { return; }
    const log = own(link.label + ' another');
    link.others++;
    const socket = starting(() => net.connect({ port: link.port, host: '127.0.0.1' }, () => { log('connected'); socket.end(); }));
    socket.on('end', () => log('end'));
    socket.on('close', () => { log('close'); link.others--; link.settle(); });
    socket.resume();
  },
  closeServer(me, peer, link, size) {
    if (link.serverClosed) { return; }
    link.closeServer();
    link.others++;
    refused(link, own(link.label + ' refused'), size === STRICT);
  },
};
const later = [(next) => next(), (next) => setImmediate(next), (next) => process.nextTick(next), (next) => setTimeout(next, 1)];

const finishes = [
  (link) => { actions.end(link.client, link.peer, link, 0); actions.end(link.peer, link.client, link, 0); },
  (link) => { actions.destroy(link.client, link.peer, link); actions.end(link.peer, link.client, link, 0); },
  (link) => { link.client.socket.unref(); link.peer.socket.unref(); link.server.unref(); link.left = true; },
  (link) => { actions.destroy(link.peer, link.client, link); actions.end(link.client, link.peer, link, 0); link.server.unref(); link.left = true; },
];

const connection = (label, opening, halfOpen, finish, steps) => {
  const listens = own(label + ' listener');
  const orders = own(label + ' orders');
  const link = { label, others: 0, serverClosed: false, left: false, held: false };
  const server = link.server = net.createServer({ allowHalfOpen: halfOpen >= 2 });
  let step = 0;
  let stepping = false;
  let finishing = false;
  link.closeServer = () => {
    if (link.serverClosed) { return; }
    link.serverClosed = true;
    // Node tells it when the connections have ended too, which are left here
    starting(() => server.close(() => { if (finish !== 2) { listens('close'); } }));
  };
  const run = () => {
    if (step < steps.length) {
      const [what, side, size, how] = steps[step++].split(' ');
      later[Number(how)](() => {
        const [me, peer] = side === '0' ? [link.client, link.peer] : [link.peer, link.client];
        actions[what](me, peer, link, Number(size));
        stepping = false;
        link.settle();
      });
    } else if (!finishing) {
      finishing = true;
      actions.resume(link.client);
      actions.resume(link.peer);
      stepping = false;
      link.settle();
    } else if (finishing !== 'over') {
      finishing = 'over';
      finishes[finish](link);
      if (!link.left) { link.closeServer(); }
      link.client.log('finished');
    }
  };
  link.settle = () => {
    if (stepping || !link.client || !link.peer || !link.connected || link.others > 0
      || !quiet(link.client, link.peer, link) || !quiet(link.peer, link.client, link) || link.held) { return; }
    stepping = true;
    run();
  };
  server.on('connection', (socket) => {
    if (opening >= 2 && opening <= 5) { socket.on('error', () => {}); socket.destroy(); return; }
    if (link.peer) { socket.resume(); socket.end(); return; }
    macrotask(listens);
    listens('connection');
    order(orders);
    link.peer = sideOf(label + ' server', socket, halfOpen >= 2, link);
    if (opening === 8) { link.closeServer(); }
    link.settle();
  });
  const lone = (socket) => {
    const log = own(label + ' alone');
    socket.on('connect', () => log('connected'));
    socket.on('data', () => log('data'));
    socket.on('end', () => log('end'));
    socket.on('error', (e) => log('error ' + e.code));
    socket.on('close', () => { log('close'); link.closeServer(); });
    return socket;
  };
  const connect = () => starting(() => net.connect({ port: link.port, host: '127.0.0.1', allowHalfOpen: halfOpen % 2 === 1 }));
  const begin = () => {
    if (opening === 5) {
      link.serverClosed = true;
      server.close(() => { listens('close'); link.others++; refused(link, own(label + ' alone')); });
      return;
    }
    if (opening >= 2 && opening <= 4) {
      const socket = lone(connect());
      const destroy = () => starting(() => socket.destroy());
      [destroy, () => process.nextTick(destroy), () => queueMicrotask(destroy)][opening - 2]();
      return;
    }
    const socket = connect();
    link.client = sideOf(label + ' client', socket, halfOpen % 2 === 1, link);
    socket.on('connect', () => { macrotask(link.client.log); link.client.log('connected'); link.connected = true; link.settle(); });
    if (opening === 1) { write(link.client, 10, link); write(link.client, 5, link); }
    if (opening === 6) { link.client.sent = 7; link.client.ending = true; starting(() => socket.end(stream(0, 7))); }
  };
  starting(() => server.listen(0, '127.0.0.1', () => {
    if (inside > 0) { listens('inside of a call'); }
    listens('listening');
    link.port = server.address().port;
    if (opening === 7) {
      const second = net.createServer(() => {});
      second.on('error', (e) => { listens('error ' + e.code); begin(); });
      starting(() => second.listen(link.port, '127.0.0.1', () => listens('second one')));
    } else {
      begin();
    }
  }));
};
