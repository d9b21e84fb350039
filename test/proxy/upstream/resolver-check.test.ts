import test from 'ava';
import { checkDnsServers } from '../../../lib/proxy/upstream/index.js';
import { startDnsServer } from '../../fixtures/dns-server.js';
import { freePort } from '../../fixtures/free-port.js';

test('a server is asked for the root alone, and any answer shows that it is there (law 2)', async (t) => {
  const well = await startDnsServer({});
  const failing = await startDnsServer({ '*': 'servfail' });
  const silent = await startDnsServer({ '*': 'silent' });
  const closed = `127.0.0.1:${await freePort()}`;
  for (const { close } of [well, failing, silent]) t.teardown(close);
  const answers = await checkDnsServers([well.address, failing.address, silent.address, closed], 1_500);
  t.deepEqual(answers, [
    { server: well.address, kind: 'answers', code: 'none' },
    { server: failing.address, kind: 'answers', code: 'ESERVFAIL' },
    { server: silent.address, kind: 'silent', code: 'ETIMEOUT' },
    { server: closed, kind: 'unreachable', code: 'ECONNREFUSED' },
  ]);
  for (const { queries } of [well, failing, silent]) t.true(queries.every((query) => query === ' TYPE2'));
});
