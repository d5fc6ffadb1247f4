// What users got and how long it took, in the Prometheus text format.
'use strict';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

// Statuses that matter start at 0, so that a first error is an increase and not a new series.
const requests = new Map([[200, 0], [500, 0]]);
const within = BUCKETS_SECONDS.map(() => 0);
let count = 0;
let sum = 0;

function observe(status, seconds) {
  requests.set(status, (requests.get(status) || 0) + 1);
  count += 1;
  sum += seconds;
  BUCKETS_SECONDS.forEach((limit, index) => {
    if (seconds <= limit) within[index] += 1;
  });
}

function render() {
  const lines = [
    '# HELP http_requests_total Requests of users, by the status they were answered with.',
    '# TYPE http_requests_total counter',
    ...[...requests].map(([status, total]) => `http_requests_total{status="${status}"} ${total}`),
    '# HELP http_request_duration_seconds How long users waited for their answers.',
    '# TYPE http_request_duration_seconds histogram',
    ...BUCKETS_SECONDS.map((limit, index) => `http_request_duration_seconds_bucket{le="${limit}"} ${within[index]}`),
    `http_request_duration_seconds_bucket{le="+Inf"} ${count}`,
    `http_request_duration_seconds_sum ${sum}`,
    `http_request_duration_seconds_count ${count}`,
  ];
  return `${lines.join('\n')}\n`;
}

module.exports = { CONTENT_TYPE, observe, render };
