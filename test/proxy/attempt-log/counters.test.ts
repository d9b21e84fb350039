import test from 'ava';
import { countChecks, countReason, zeroCounters } from '../../../lib/proxy/attempt-log/counters.js';
import { CLIENT_CHECK, HOST_KEY_CHECK, THUMBPRINT_CHECK } from '../../audit/samples.js';

test('checks are counted by fact and outcome, and tallies do not share their counts', (t) => {
  const counters = zeroCounters();
  countChecks(counters, [HOST_KEY_CHECK, THUMBPRINT_CHECK, CLIENT_CHECK]);
  countChecks(counters, [HOST_KEY_CHECK]);
  t.is(counters.checks.host_key.mismatch, 2);
  t.is(counters.checks.thumbprint.verified, 1);
  t.is(counters.checks.client_thumbprint.not_checked, 1);
  t.is(counters.checks.server_name.mismatch, 0);
  t.is(zeroCounters().checks.host_key.mismatch, 0);
});

test('attempts that do not pass are counted by verdict and reason, from zero on', (t) => {
  const counters = zeroCounters();
  t.is(counters.reasons.refused['too_many_from_client'], 0);
  countReason(counters, 'refused', 'too_many_from_client');
  countReason(counters, 'failed', 'dns_error');
  t.is(counters.reasons.refused['too_many_from_client'], 1);
  t.is(counters.reasons.failed['dns_error'], 1);
  t.is(zeroCounters().reasons.failed['dns_error'], 0);
});
