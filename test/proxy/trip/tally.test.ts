import test from 'ava';
import { countChecks, emptyTally } from '../../../lib/proxy/trip/tally.js';
import { CLIENT_CHECK, HOST_KEY_CHECK, THUMBPRINT_CHECK } from '../../audit/samples.js';

test('checks are counted by fact and outcome, and tallies do not share their counts', (t) => {
  const tally = emptyTally();
  countChecks(tally, [HOST_KEY_CHECK, THUMBPRINT_CHECK, CLIENT_CHECK]);
  countChecks(tally, [HOST_KEY_CHECK]);
  t.is(tally.checks.host_key.mismatch, 2);
  t.is(tally.checks.thumbprint.verified, 1);
  t.is(tally.checks.client_thumbprint.not_checked, 1);
  t.is(tally.checks.server_name.mismatch, 0);
  t.is(emptyTally().checks.host_key.mismatch, 0);
});
