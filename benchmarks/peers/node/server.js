// Echo and HTTP on Node.js. Usage: node server.js echo|http [--host ADDRESS] [--port N]
'use strict';

const http = require('node:http');
const net = require('node:net');

const options = { '--host': '127.0.0.1', '--port': '0' };
const [kind, ...rest] = process.argv.slice(2);
for (let i = 0; i + 1 < rest.length; i += 2) {
  options[rest[i]] = rest[i + 1];
}

function echoServer() {
  return net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (data) => {
      if (!socket.write(data)) {
        socket.pause();
      }
    });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => socket.destroy());
  });
}

function httpServer() {
  const body = Buffer.from('Hello, World!');
  return http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
    response.end(body);
  });
}

const server = kind === 'http' ? httpServer() : echoServer();
server.listen({ host: options['--host'], port: Number(options['--port']), backlog: 4096 }, () => {
  console.log(`listening ${options['--host']}:${server.address().port} backend=node`);
});
process.on('SIGTERM', () => process.exit(0));
