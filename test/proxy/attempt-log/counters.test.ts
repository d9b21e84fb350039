import test from 'ava';
import { countChecks, zeroCounters } from '../../../lib/proxy/attempt-log/counters.js';
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
