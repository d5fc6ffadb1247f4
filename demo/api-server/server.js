// The demo application: starts when its database answers, serves users, and leaves without losing a request.
'use strict';

const http = require('node:http');

const database = require('./database');
const metrics = require('./metrics');
const routes = require('./routes');
const { version } = require('./package.json');

const PORT = Number(process.env.PORT || 3000);
// kube-proxy and readers of EndpointSlices need a moment to hear that this pod is leaving.
const DRAIN_MILLISECONDS = 3000;

let draining = false;

function send(response, status, body, type = 'application/json') {
  const headers = { 'Content-Type': type };
  if (draining) headers.Connection = 'close';
  response.writeHead(status, headers);
  response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
}

// What operators ask; kept out of the counts, which are about users.
const operations = {
  '/health': (response) => send(response, 200, { status: 'ok', version }),
  '/ready': (response) => send(response, draining ? 503 : 200, { ready: !draining }),
  '/version': (response) => send(response, 200, { version }),
  '/metrics': (response) => send(response, 200, metrics.render(), metrics.CONTENT_TYPE),
};

async function serveUser(path, response) {
  const start = process.hrtime.bigint();
  response.on('close', () => {
    // 499, as proxies write it: the user went away before the answer was complete.
    const status = response.writableFinished ? response.statusCode : 499;
    metrics.observe(status, Number(process.hrtime.bigint() - start) / 1e9);
  });
  try {
    const [status, body] = await routes.answer(path, { version });
    send(response, status, body);
  } catch (error) {
    console.error(error);
    send(response, 500, { error: 'internal server error' });
  }
}

const server = http.createServer((request, response) => {
  const path = request.url.split('?', 1)[0];
  if (Object.hasOwn(operations, path)) operations[path](response);
  else serveUser(path, response);
});

process.on('SIGTERM', () => {
  if (!server.listening) process.exit(0);
  if (draining) return;
  draining = true;
  console.log(`SIGTERM: no longer ready, serving ${DRAIN_MILLISECONDS / 1000} s more`);
  setTimeout(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, DRAIN_MILLISECONDS);
});

database.connect(process.env.DATABASE_HOST, Number(process.env.DATABASE_PORT || 5432), () => {
  server.listen(PORT, () => console.log(`api-server ${version} listening on ${server.address().port}`));
});
