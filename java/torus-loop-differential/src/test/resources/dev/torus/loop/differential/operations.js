// Steps with files, as generated programs write them: 'read 0 5 -1' reads five bytes of the file in variable 0 at its own position.
const letters = (from, length) => {
  let text = '';
  for (let i = 0; i < length; i++) { text += String.fromCharCode(97 + (from + i) % 26); }
  return text;
};
const position = (word) => (word === '-1' ? null : Number(word));
const scopeOf = (folder) => ({ folder, files: {}, written: 0 });
let opened = 0;
// A closed descriptor may be used as long as nobody can have got its number.
let alone = true;
const usable = (file) => Boolean(file) && (file.closed === undefined || (alone && file.closed === opened));
const visible = (buffer, count) => buffer.toString('latin1', 0, count).replace(/\0/g, '.');

const onFile = {
  read(file, done, length, at) {
    const buffer = Buffer.alloc(Number(length));
    fs.read(file.fd, buffer, 0, Number(length), position(at), (e, count) => done(e, count + ' ' + visible(buffer, count)));
  },
  write(file, done, length, at) { fs.write(file.fd, letters(file.scope.written++, Number(length)), position(at), 'latin1', done); },
  fstat(file, done) { fs.fstat(file.fd, (e, found) => done(e, e || (found.isFile() ? 'file ' + found.size : 'no file'))); },
  ftruncate(file, done, length) { fs.ftruncate(file.fd, Number(length), done); },
  close(file, done) { file.closed = opened; fs.close(file.fd, done); },
  // several at once, each into its place
  reads(file, done, count) {
    several(Number(count), done, (i, one) => {
      const buffer = Buffer.alloc(5);
      fs.read(file.fd, buffer, 0, 5, 3 * i, (e, length) => one(e ? e.code : length + ' ' + visible(buffer, length)));
    });
  },
  writes(file, done, count) {
    several(Number(count), done, (i, one) => fs.write(file.fd, letters(i, 4), 4 * i, 'latin1', (e, length) => one(e ? e.code : length)));
  },
};
const several = (count, done, start) => {
  const results = [];
  let left = count;
  for (let i = 0; i < count; i++) {
    start(i, (result) => {
      results[i] = i in results ? 'again' : result;
      if (--left === 0) { done(null, results.join(', ')); }
    });
  }
};
const onPath = {
  stat(done, path) { fs.stat(path, (e, found) => done(e, e || (found.isFile() ? 'file ' + found.size : 'directory'))); },
  mkdir(done, path) { fs.mkdir(path, done); },
  rmdir(done, path) { fs.rmdir(path, done); },
  unlink(done, path) { fs.unlink(path, done); },
  readdir(done, path) { fs.readdir(path, (e, names) => done(e, e || names.join(' '))); },
  rename(done, from, to) { fs.rename(from, to, done); },
  readFile(done, path) { fs.readFile(path, 'latin1', (e, text) => done(e, e || text.replace(/\0/g, '.'))); },
  writeFile(done, path, scope) { fs.writeFile(path, letters(scope.written++, 9), done); },
  appendFile(done, path, scope) { fs.appendFile(path, letters(scope.written++, 6), done); },
};
// Starts a step and calls back with what came of it; false if there is no such file.
const operate = (scope, step, done) => {
  const [operation, ...words] = step.split(' ');
  const result = (e, value) => done(e ? e.code : value === undefined || value === null ? 'done' : String(value));
  if (operation === 'open') {
    const [path, flags, variable] = words;
    fs.open(scope.folder + path, flags, (e, fd) => {
      if (!e) { opened++; scope.files[variable] = { fd, scope, appends: flags[0] === 'a' }; }
      result(e);
    });
  } else if (operation in onFile) {
    const file = scope.files[words.shift()];
    if (!usable(file)) { return false; }
    // several appending writes have no order
    if (operation === 'writes' && file.appends) { return false; }
    onFile[operation](file, result, ...words);
  } else {
    onPath[operation](result, ...words.map((path) => scope.folder + path), scope);
  }
  return true;
};
