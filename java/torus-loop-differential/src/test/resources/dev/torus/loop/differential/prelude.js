// Node's globals and a few of its modules, made of the loop. `host` is dev.torus.loop.differential.NodeWorld.
(function (host) {
  'use strict';
  const listeners = { exit: [], beforeExit: [], uncaughtException: [] };
  const makeError = (code, message) => Object.assign(new Error(message), { code });
  const callback = (cb) => (error, value) =>
    error === null ? cb(null, value) : cb(makeError(error.code(), error.message()));

  class Timeout {
    ref() { this.handle.ref(); return this; }
    unref() { this.handle.unref(); return this; }
    hasRef() { return this.handle.hasRef(); }
    refresh() { this.handle.refresh(); return this; }
    [Symbol.toPrimitive]() { return Number(this.handle.id()); }
  }
  class Immediate {
    ref() { this.handle.ref(); return this; }
    unref() { this.handle.unref(); return this; }
    hasRef() { return this.handle.hasRef(); }
  }
  const arm = (how) => (fn, ms, ...args) => {
    const timer = new Timeout();
    timer.handle = host[how](Number(ms), () => { fn.apply(timer, args); });
    return timer;
  };
  const clear = (timer) => {
    if (timer instanceof Timeout) {
      host.clearTimer(timer.handle);
    } else if (typeof timer === 'number' || typeof timer === 'string') {
      host.clearTimerById(Number(timer));
    }
  };
  globalThis.setTimeout = arm('setTimeout');
  globalThis.setInterval = arm('setInterval');
  globalThis.clearTimeout = clear;
  globalThis.clearInterval = clear;
  globalThis.setImmediate = (fn, ...args) => {
    const immediate = new Immediate();
    immediate.handle = host.setImmediate(() => { fn(...args); });
    return immediate;
  };
  globalThis.clearImmediate = (immediate) => {
    if (immediate instanceof Immediate) {
      host.clearImmediate(immediate.handle);
    }
  };
  const uncaught = (error) => {
    if (listeners.uncaughtException.length === 0) {
      host.exit(1);
    }
    for (const listener of listeners.uncaughtException) {
      listener(error);
    }
  };
  globalThis.queueMicrotask = (fn) => {
    host.checkpointSoon();
    Promise.resolve().then(() => {
      try {
        fn();
      } catch (error) {
        host.guarded(() => { throw error; });
      }
    });
  };
  globalThis.console = { log: (...args) => host.log(args.join(' ')) };
  globalThis.process = {
    umask: (mask) => { host.umask(mask); return 0o22; },
    nextTick: (fn, ...args) => { host.nextTick(() => { fn(...args); }); },
    exit: (code) => { host.exit(code === undefined ? 0 : code); },
    on: (event, fn) => {
      if (event === 'uncaughtException' && listeners[event].length === 0) {
        host.onUncaughtException((error) => uncaught(error));
      }
      listeners[event].push(fn);
      return globalThis.process;
    },
  };
  host.onBeforeExit(() => { for (const fn of [...listeners.beforeExit]) { fn(0); } });
  host.onExit((code) => { for (const fn of [...listeners.exit]) { fn(code); } });

  class Buffer {
    constructor() { this.text = ''; }
    static alloc() { return new Buffer(); }
    toString() { return this.text; }
  }
  globalThis.Buffer = Buffer;
  const at = (position) => (position === null ? -1 : position);
  const statusOf = (cb) => callback((error, status) =>
    error ? cb(error) : cb(null, {
      size: status.size(), isFile: () => status.isFile(), isDirectory: () => status.isDirectory(),
    }));
  const fs = {
    open: (path, flags, cb) => host.open(path, flags, callback(cb)),
    read: (fd, buffer, offset, length, position, cb) => host.read(fd, length, at(position), callback((error, text) => {
      if (error) { cb(error); return; }
      buffer.text = text;
      cb(null, text.length, buffer);
    })),
    write: (fd, text, position, encoding, cb) => host.writeAt(fd, text, at(position), callback(cb)),
    close: (fd, cb) => host.close(fd, callback(cb)),
    fstat: (fd, cb) => host.fstat(fd, statusOf(cb)),
    ftruncate: (fd, length, cb) => host.ftruncate(fd, length, callback(cb)),
    readdir: (path, cb) => host.readdir(path, callback((error, names) => (error ? cb(error) : cb(null, [...names])))),
    readFile: (path, options, cb) => host.readFile(path, callback(cb || options)),
    writeFile: (path, data, cb) => host.writeFile(path, data, callback(cb)),
    appendFile: (path, data, cb) => host.appendFile(path, data, callback(cb)),
    stat: (path, cb) => host.stat(path, statusOf(cb)),
    unlink: (path, cb) => host.unlink(path, callback(cb)),
    mkdir: (path, cb) => host.mkdir(path, callback(cb)),
    rmdir: (path, cb) => host.rmdir(path, callback(cb)),
    rename: (from, to, cb) => host.rename(from, to, callback(cb)),
  };
  const promised = (fn) => (...args) =>
    new Promise((resolve, reject) => fn(...args, (error, value) => (error ? reject(error) : resolve(value))));
  fs.promises = {};
  for (const name of ['readFile', 'writeFile', 'appendFile', 'stat', 'unlink', 'mkdir', 'rmdir', 'rename']) {
    fs.promises[name] = name === 'readFile' ? promised((path, options, cb) => fs.readFile(path, cb || options)) : promised(fs[name]);
  }

  class Emitter {
    constructor() { this.handlers = {}; }
    on(event, fn) { (this.handlers[event] = this.handlers[event] || []).push(fn); this.listening(event); return this; }
    emit(event, ...args) { for (const fn of [...(this.handlers[event] || [])]) { fn.apply(this, args); } }
    listening() {}
  }
  class Socket extends Emitter {
    constructor(handle) {
      super();
      this.handle = handle;
      host.onEnd(handle, () => this.emit('end'));
      host.onClose(handle, () => this.emit('close'));
      host.onDrain(handle, () => this.emit('drain'));
      host.onError(handle, (error) => this.emit('error', makeError(error.code(), error.message())));
    }
    listening(event) {
      if (event === 'connect' && this.handlers.connect.length === 1) {
        host.onConnect(this.handle, () => this.emit('connect'));
      }
      if (event === 'data' && !this.flowing) {
        this.flowing = true;
        host.onData(this.handle, (text) => this.emit('data', text));
      }
    }
    setEncoding() { return this; }
    write(text, cb) { return host.write(this.handle, text, cb ? callback(cb) : null); }
    end(text) { if (text === undefined) { this.handle.end(); } else { this.handle.end(text); } return this; }
    destroy() { this.handle.destroy(); return this; }
    pause() { this.handle.pause(); return this; }
    resume() { if (!this.flowing) { this.listening('data'); } this.handle.resume(); return this; }
    ref() { this.handle.ref(); return this; }
    unref() { this.handle.unref(); return this; }
  }
  class Server extends Emitter {
    constructor(options, onConnection) {
      super();
      if (onConnection) { this.on('connection', onConnection); }
      this.handle = host.createServer(Boolean(options.allowHalfOpen), (socket) => this.emit('connection', new Socket(socket)));
      host.onServerClose(this.handle, () => this.emit('close'));
      host.onServerError(this.handle, (error) => this.emit('error', makeError(error.code(), error.message())));
      host.onListening(this.handle, () => this.emit('listening'));
    }
    listen(port, hostname, cb) {
      const fn = cb || hostname;
      if (typeof fn === 'function') { this.on('listening', fn); }
      host.listen(this.handle, port);
      return this;
    }
    address() { return { port: this.handle.port() }; }
    close(cb) { if (cb) { this.on('close', cb); } this.handle.close(); return this; }
    ref() { this.handle.ref(); return this; }
    unref() { this.handle.unref(); return this; }
  }
  const connect = (where, hostname, cb) => {
    const { port, allowHalfOpen } = typeof where === 'object' ? where : { port: where, allowHalfOpen: false };
    const socket = new Socket(host.connect(port, Boolean(allowHalfOpen)));
    const fn = cb || hostname;
    if (typeof fn === 'function') { socket.on('connect', fn); }
    return socket;
  };
  const net = {
    createServer: (options, fn) => (typeof options === 'function' ? new Server({}, options) : new Server(options || {}, fn)),
    connect, createConnection: connect,
  };
  const crypto = {
    pbkdf2: (password, salt, iterations, length, digest, cb) =>
      host.pbkdf2(password, salt, iterations, length, digest, callback((error, bytes) => cb(error, { length: bytes }))),
  };
  const modules = { fs, net, crypto };
  globalThis.require = (name) => {
    const found = modules[name.replace(/^node:/, '')];
    if (!found) { throw new Error('no module ' + name); }
    return found;
  };
})
