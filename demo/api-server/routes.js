// What users ask for.
'use strict';

async function answer(path, { version }) {
  if (path === '/') return [200, { service: 'api-server', version }];
  return [404, { error: 'not found' }];
}

module.exports = { answer };
