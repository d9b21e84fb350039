import { connect as connectTls, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { makeCertificate } from '../../fixtures/certificate.js';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { startRig } from '../rig.js';

test('smoke', async (t) => {
  const server = makeCertificate('web.test');
  const listener = createServer({ ...server, maxVersion: 'TLSv1.2' }, (s) => s.pipe(s));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  for (const pin of [server.thumbprint, 'AA'.repeat(20)]) {
    const rig = await startRig({
      hosts: { 'web.test': ['127.0.0.1'] },
      policy: `policy: p\nallow:\n  - { id: r, to: [web.test], resolves-to: [127.0.0.0/8], ports: [${port}], protocol: tentacle, thumbprints: [${pin}] }\n`,
    });
    const tunnel = await tunnelTo(rig.port, `web.test:${port}`);
    const socket = connectTls({ socket: tunnel.socket, servername: 'web.test', rejectUnauthorized: false });
    const outcome = await Promise.race([once(socket, 'secureConnect').then(() => 'ok'), once(socket, 'error')]).catch(String);
    t.log(outcome);
    socket.destroy();
    t.log(rig.logged);
    await new Promise((resolve) => setTimeout(resolve, 200));
    t.log((await rig.records()).at(-1));
    await rig.end();
  }
});
