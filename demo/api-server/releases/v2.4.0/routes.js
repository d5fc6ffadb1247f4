// What users ask for, with a report that nobody made fast.
'use strict';

const { setTimeout: wait } = require('node:timers/promises');

const REPORT_MILLISECONDS = 800;

async function answer(path, { version }) {
  if (path !== '/') return [404, { error: 'not found' }];
  await wait(REPORT_MILLISECONDS * (0.75 + Math.random() / 2));
  return [200, { service: 'api-server', version, report: [] }];
}

module.exports = { answer };
