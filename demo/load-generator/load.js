// Users of a service: asks at a steady rate, every time on a new connection, and counts what comes back.
// GET /counts answers with all counts so far; the last line printed is the same JSON object.
'use strict';

const dns = require('node:dns/promises');
const http = require('node:http');

const TARGET = new URL(process.env.TARGET);
const RATE = Number(process.env.RATE || 50); // requests a second
const SECONDS = Number(process.env.SECONDS || 600); // asks no longer than this
const TIMEOUT_MILLISECONDS = Number(process.env.TIMEOUT_MILLISECONDS || 2000);
const PORT = Number(process.env.PORT || 9000);

const started = Date.now();
const seconds = new Map(); // Unix second in which a request was sent -> what became of it
let requests = 0;
let failed = 0;
let waiting = 0;

function record(sent, problem) {
  const second = Math.floor(sent / 1000);
  const bucket = seconds.get(second) || { second, requests: 0, failures: {}, slowest_milliseconds: 0 };
  seconds.set(second, bucket);
  requests += 1;
  bucket.requests += 1;
  bucket.slowest_milliseconds = Math.max(bucket.slowest_milliseconds, Date.now() - sent);
  if (!problem) return;
  failed += 1;
  bucket.failures[problem] = (bucket.failures[problem] || 0) + 1;
}

function counts() {
  const all = [...seconds.values()].sort((one, other) => one.second - other.second);
  return { target: TARGET.href, rate: RATE, started: started / 1000, requests, failed, seconds: all };
}

function ask(address) {
  const sent = Date.now();
  waiting += 1;
  let over = false;
  const end = (problem) => {
    if (over) return;
    over = true;
    waiting -= 1;
    clearTimeout(timer);
    record(sent, problem);
  };
  const headers = { host: TARGET.host };
  const options = { host: address, port: TARGET.port || 80, path: TARGET.pathname, agent: false, headers };
  const request = http.get(options, (response) => {
    response.on('end', () => end(response.statusCode === 200 ? '' : String(response.statusCode)));
    response.on('error', (error) => end(error.code || error.message));
    response.resume();
  });
  request.on('error', (error) => end(error.code || error.message));
  // The whole answer has this long, not each of its bytes.
  const timer = setTimeout(() => {
    end('timeout');
    request.destroy();
  }, TIMEOUT_MILLISECONDS);
}

async function main() {
  // Resolved once: these users judge the service, not the cluster's DNS.
  const { address } = await dns.lookup(TARGET.hostname, { family: 4 });
  const server = http.createServer((request, response) => {
    const found = request.url === '/counts';
    response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(found ? JSON.stringify(counts()) : '{}');
  });
  server.listen(PORT, () => console.log(`asking ${TARGET.href} ${RATE} times a second, counts on ${server.address().port}`));

  const begin = process.hrtime.bigint();
  let sent = 0;
  const timer = setInterval(() => {
    const elapsed = Number(process.hrtime.bigint() - begin) / 1e9;
    // By the clock, not by the timer: a late tick sends what it owes.
    const due = Math.min(Math.floor(elapsed * RATE), Math.floor(SECONDS * RATE));
    for (; sent < due; sent += 1) ask(address);
    if (elapsed < SECONDS || waiting) return;
    clearInterval(timer);
    finish();
  }, 10);
}

function finish() {
  // The exit waits for the pipe: a last line cut short would be no JSON.
  process.stdout.write(`${JSON.stringify(counts())}\n`, () => process.exit(0));
}

process.on('SIGTERM', finish);
main();
