// Reaches the database once, at start-up: without it this service has nothing to say, so it does not start.
'use strict';

const net = require('node:net');

const CONNECT_MILLISECONDS = 5000;

function connect(host, port, connected) {
  if (!host) throw new Error('DATABASE_HOST is not set');
  const socket = net.connect({ host, port });
  socket.setTimeout(CONNECT_MILLISECONDS, () => {
    socket.destroy(new Error(`connect ETIMEDOUT ${host}:${port}`));
  });
  socket.once('connect', () => {
    socket.destroy();
    console.log(`connected to database ${host}:${port}`);
    connected();
  });
  socket.once('error', (error) => {
    console.error('Fatal error: Database connection failed');
    throw error;
  });
}

module.exports = { connect };
