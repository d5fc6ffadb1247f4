// Stands in for a database: takes connections, so that what needs one can start.
'use strict';

const net = require('node:net');

const server = net.createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.resume();
});

process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.env.PORT || 5432), () => console.log(`database listening on ${server.address().port}`));
