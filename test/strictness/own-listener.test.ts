import test from 'ava';
import { LOOPBACK_POLICY, startTidegate } from '../fixtures/tidegate.js';
import { ask, head } from './answers.js';

test.serial('A14: tidegate cannot be reached through itself, by whatever name or address', async (t) => {
  const tidegate = await startTidegate({
    policies: { 'loopback.yaml': LOOPBACK_POLICY },
    config: { listen: ['0.0.0.0:0'], hosts: { 'me.test': ['127.0.0.1'], 'alias.test': ['127.0.0.2'] } },
  });
  t.teardown(tidegate.discard);
  for (const host of ['127.0.0.1', '127.0.0.2', 'me.test', 'alias.test']) {
    const tunnel = await ask(tidegate.port, head(`CONNECT ${host}:${tidegate.port} HTTP/1.0`));
    t.is(tunnel.status, 403, host);
    t.regex(tunnel.reason, /^Egress denied: the proxy does not connect to itself/, host);
    const plain = await ask(tidegate.port, head(`GET http://${host}:${tidegate.port}/ HTTP/1.0`));
    t.is(plain.status, 403, host);
  }
});

test.serial('A15: without a policy nothing gets out: 503, which says that none is loaded', async (t) => {
  const tidegate = await startTidegate({ policies: {} });
  t.teardown(tidegate.discard);
  for (const request of [head('CONNECT 127.0.0.1:443 HTTP/1.0'), head('GET http://127.0.0.1/ HTTP/1.0')]) {
    const answered = await ask(tidegate.port, request);
    t.is(answered.status, 503);
    t.regex(answered.reason, /^Egress denied: no policy is loaded/);
  }
});
