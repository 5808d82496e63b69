// Files by Node's own asynchronous functions: its pool of four threads, `depth` operations in flight. See ../files.py.
import fs from "node:fs";
import readline from "node:readline";

const [path, size] = [process.argv[2], Number(process.argv[3])];
const file = fs.openSync(path, "r+");
let state = 0x9e3779b9;
let sequence = 0;

// xorshift of 32 bits: a generator of 64 would cost a BigInt each time
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

function position(sequential, bytes) {
  const blocks = Math.floor(size / bytes);
  return (sequential ? sequence++ % blocks : random() % blocks) * bytes;
}

function run({ operation, sequential, bytes, depth, seconds }, answer) {
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(Math.round(seconds * 1e9));
  let done = 0;
  let inFlight = depth;
  let more = true;

  function slot() {
    const buffer = Buffer.alloc(bytes, "x");
    const finished = (error) => {
      if (error) throw error;
      done++;
      if ((done & 31) === 0) more = process.hrtime.bigint() < end;
      if (more) next();
      else if (--inFlight === 0) answer({ operations: done, seconds: Number(process.hrtime.bigint() - begin) / 1e9, workers: 0 });
    };
    const whole = (error, count) => finished(error ?? (count === bytes ? null : new Error(`${count} of ${bytes} bytes`)));
    const next = {
      read: () => fs.read(file, buffer, 0, bytes, position(sequential, bytes), whole),
      write: () => fs.write(file, buffer, 0, bytes, position(sequential, bytes), whole),
      sync: () =>
        fs.write(file, buffer, 0, bytes, position(sequential, bytes), (error) => {
          if (error) throw error;
          fs.fdatasync(file, finished);
        }),
      open: () =>
        fs.open(path, "r", (error, fd) => {
          if (error) throw error;
          fs.close(fd, finished);
        }),
      stat: () => fs.stat(path, finished),
    }[operation];
    next();
  }
  for (let i = 0; i < depth; i++) slot();
}

console.log("ready");
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [operation, order, bytes, depth, seconds] = line.split(" ");
  run({ operation, sequential: order === "sequential", bytes: Number(bytes), depth: Number(depth), seconds: Number(seconds) }, (result) =>
    console.log(JSON.stringify(result)),
  );
});
