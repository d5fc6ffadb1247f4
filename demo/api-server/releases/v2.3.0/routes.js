// What users ask for, with the account they belong to.
'use strict';

const SHARE_WITHOUT_ACCOUNT = 0.3;

async function answer(path, { version }) {
  if (path === '/') return [200, { service: 'api-server', version, account: accountOfRequest().name }];
  return [404, { error: 'not found' }];
}

// The defect of this release: some users have no account yet, and nobody thought of them.
function accountOfRequest() {
  return Math.random() < SHARE_WITHOUT_ACCOUNT ? undefined : { name: 'demo' };
}

module.exports = { answer };
