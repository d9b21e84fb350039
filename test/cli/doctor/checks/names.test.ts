import test from 'ava';
import { startDnsServer } from '../../../fixtures/dns-server.js';
import { doctor, startPatient } from '../examining.js';

test.serial('a resolver that is silent is a problem; beside one that answers, a warning', async (t) => {
  const { config, dns } = await startPatient(t, {}, { '*': 'silent' });
  const silent = await doctor(config);
  t.is(silent.code, 1);
  t.deepEqual(silent.ailing('dns'), [`problem ${dns.address} does not answer in time`]);
  t.true(
    dns.queries.every((query) => query === ' TYPE2'),
    'the root is asked for, and nothing else',
  );
  const other = await startDnsServer({ '*': 'servfail' });
  t.teardown(other.close);
  const port = Number(dns.address.split(':')[1]);
  const { config: second } = await startPatient(t, {
    config: { dns: { servers: [dns.address, other.address, `127.0.0.2:${port}`], timeout: '2s' } },
  });
  const some = await doctor(second);
  t.is(some.code, 0);
  const [first = '', failing = '', unreachable = ''] = some.ailing('dns');
  t.is(first, `warning ${dns.address} does not answer in time`);
  t.regex(failing, /^warning .* answers, but not for the root zone \(ESERVFAIL\)$/);
  t.regex(unreachable, /^warning 127\.0\.0\.2:\d+ (cannot be queried \(ECONNREFUSED\)|does not answer in time)$/);
});
