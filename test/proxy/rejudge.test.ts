import test from 'ava';
import { makeCertificate } from '../fixtures/certificate.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { until } from '../fixtures/waiting.js';
import { kexinit, packet } from '../protocol/ssh/wire.js';
import {
  closeOf,
  policyOf,
  recordHello,
  REVOKED,
  rule,
  startLooking,
  startTlsEcho,
  startTurnstile,
  tlsThrough,
} from './tunnel-rig.js';

const CERTIFICATE = makeCertificate('web.test');
const IDENTIFICATION = 'SSH-2.0-Client\r\n';

for (const protocol of ['tls', 'tentacle', 'ssh']) {
  test(`a tunnel for ${protocol} whose policy has gone before its first byte lets none out`, async (t) => {
    const origin = await startOrigin(silent);
    t.teardown(origin.close);
    const rig = await startLooking(t, policyOf(rule(origin.port, `protocol: ${protocol}`)));
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    rig.setPolicy(REVOKED);
    await client.send(protocol === 'ssh' ? IDENTIFICATION : await recordHello());
    t.is((await closeOf(rig))['ended_by'], 'destination_not_allowed');
    await client.readToEnd();
    t.is((await origin.arrival(0)).received(), '');
  });
}

test('a hello that the policy of a moment ago would take, and that of now does not, stays in', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: tentacle')));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  rig.setPolicy(policyOf(rule(origin.port, 'protocol: ssh')));
  await client.send(await recordHello());
  t.is((await closeOf(rig))['ended_by'], 'traffic_not_allowed');
  await client.readToEnd();
  t.is((await origin.arrival(0)).received(), '');
});

test('an SSH client whose policy goes in the middle of the key exchange has nothing more let out', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  await client.send(IDENTIFICATION);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.received() === IDENTIFICATION,
    () => `the destination has ${arrival.received()}`,
  );
  rig.setPolicy(REVOKED);
  await client.send(packet(kexinit({})));
  t.is((await closeOf(rig))['ended_by'], 'destination_not_allowed');
  await client.readToEnd();
  t.is(arrival.received(), IDENTIFICATION);
});

test('no probe is made for a policy that has gone while the destination was waited for', async (t) => {
  const echo = await startTlsEcho(t, CERTIFICATE);
  const turnstile = await startTurnstile(t, echo.port, 0);
  const rig = await startLooking(
    t,
    policyOf(rule(turnstile.port, `protocol: tentacle, thumbprints: [${CERTIFICATE.thumbprint}]`)),
  );
  const went = tlsThrough(rig, turnstile.port);
  await until(
    () => turnstile.heard() > 0,
    () => 'no hello came',
  );
  rig.setPolicy(REVOKED);
  turnstile.letThrough();
  t.is((await went).how, 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  t.is((await closeOf(rig))['ended_by'], 'destination_not_allowed');
  t.is(turnstile.arrived(), 1);
});

test('a policy that goes while a probe is under way ends the tunnel before the server is heard', async (t) => {
  const echo = await startTlsEcho(t, CERTIFICATE);
  const turnstile = await startTurnstile(t, echo.port, 1);
  const rig = await startLooking(
    t,
    policyOf(rule(turnstile.port, `protocol: tentacle, thumbprints: [${CERTIFICATE.thumbprint}]`)),
  );
  const went = tlsThrough(rig, turnstile.port);
  await until(
    () => turnstile.arrived() === 2,
    () => 'no probe was made',
  );
  rig.setPolicy(REVOKED);
  turnstile.letThrough();
  t.is((await went).how, 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  t.is((await closeOf(rig))['ended_by'], 'destination_not_allowed');
});
