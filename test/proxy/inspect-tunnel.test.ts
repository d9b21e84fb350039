import test from 'ava';
import { makeCertificate } from '../fixtures/certificate.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { orHung, pause, until } from '../fixtures/waiting.js';
import type { Rig } from './rig.js';
import {
  closeOf,
  NOBODY,
  policyOf,
  recordHello,
  rule,
  startLooking,
  startTlsEcho,
  startTurnstile,
  tlsOver,
  tlsThrough,
} from './tunnel-rig.js';

const CERTIFICATE = makeCertificate('web.test');

test('a stop ends the waiting for a probe: the tunnel never begins, and its end is on disk', async (t) => {
  const echo = await startTlsEcho(t, CERTIFICATE);
  const turnstile = await startTurnstile(t, echo.port, 1);
  const policy = policyOf(rule(turnstile.port, `protocol: tentacle, thumbprints: [${CERTIFICATE.thumbprint}]`));
  const rig = await startLooking(t, policy, { times: { probe: 60_000 } });
  const went = tlsThrough(rig, turnstile.port);
  await until(
    () => turnstile.arrived() === 2,
    () => 'no probe was made',
  );
  const stopped = await orHung(rig.proxy.stop(0), () => 'the stop');
  const records = await rig.records();
  t.deepEqual(
    records.filter(({ kind }) => kind === 'close').map(({ ended_by }) => ended_by),
    ['shutdown'],
  );
  t.deepEqual(stopped, { ended: 1, missing: 0 });
  turnstile.letThrough();
  t.not((await went).how, 'stands');
  t.is(echo.received(), '');
});

/** What lets traffic pass that fails its pins, and how much of it is counted as such. */
const OBSERVED: Readonly<Record<string, (port: number) => string>> = {
  'a policy that observes': (port) =>
    `policy: inside\nmode: observe\nallow:\n${rule(port, `protocol: tentacle, thumbprints: [${NOBODY}]`)}`,
  'a rule that observes': (port) => policyOf(rule(port, `mode: observe, protocol: tentacle, thumbprints: [${NOBODY}]`)),
};

for (const [what, policy] of Object.entries(OBSERVED)) {
  test(`${what} lets a wrong certificate pass, and it is counted once as what would be denied`, async (t) => {
    const echo = await startTlsEcho(t, { ...CERTIFICATE, maxVersion: 'TLSv1.2' });
    const rig = await startLooking(t, policy(echo.port));
    const went = await tlsThrough(rig, echo.port);
    t.is(went.how, 'stands');
    went.close();
    const close = await closeOf(rig);
    const decision = (await rig.records()).find(({ kind }) => kind === 'decision');
    const said = [decision?.['verdict'], close['would_deny']];
    t.true(said.includes('would_deny') || said.includes('thumbprint_mismatch'), said.join());
    t.is(rig.proxy.statistics().wouldDeny, 1);
    t.is(rig.proxy.statistics().allowed, 1);
  });
}

for (const [how, leave] of [
  ['resets', 'reset'],
  ['closes', 'close'],
  ['half-closes', 'halfClose'],
] as const) {
  test(`a client that ${how} while the destination is silent is who ended it`, async (t) => {
    const origin = await startOrigin(silent);
    t.teardown(origin.close);
    const rig = await startLooking(t, policyOf(rule(origin.port, `protocol: tentacle, thumbprints: [${NOBODY}]`)), {
      times: { handshake: 600_000 },
    });
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send(await recordHello());
    const arrival = await origin.arrival(0);
    await until(
      () => arrival.received() !== '',
      () => 'no hello came',
    );
    client[leave]();
    const close = await closeOf(rig);
    t.is(close['ended_by'], 'client');
    t.is(rig.proxy.statistics().failed, 1);
  });
}

test('a refusal long after the 200 is sent once its record is on disk, and is counted once', async (t) => {
  const answer = 2_000;
  const order: string[] = [];
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')), {
    times: { answer, hello: 60_000, handshake: 60_000 },
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        if (entry.kind !== 'close') return journal.append(entry);
        await pause(answer / 4); // longer than the last moment that an answer is given before a tunnel stands
        const written = await journal.append(entry);
        order.push(`on disk, the client has been told ${JSON.stringify(client.pending())}`);
        return written;
      },
    }),
  });
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  await client.send('SSH-2.0-Client\r\n');
  await pause(answer); // the time for an answer is over
  (await origin.arrival(0)).socket.write('HTTP/1.1 400 Bad Request\r\n\0');
  const { text } = await client.readToEnd();
  t.deepEqual(order, ['on disk, the client has been told ""']);
  t.regex(text, /Egress denied: the traffic is not what the rule allows \[rule inside\/web\] \(attempt /);
  t.like(rig.proxy.statistics(), { allowed: 0, denied: 1, refused: 0, failed: 0, unrecorded: 0 });
  t.is((await closeOf(rig))['ended_by'], 'traffic_not_allowed');
});

test('what a refused tunnel has moved is counted as its record says', async (t) => {
  const echo = await startTlsEcho(t, { ...CERTIFICATE, maxVersion: 'TLSv1.2' });
  const rig = await startLooking(t, policyOf(rule(echo.port, `protocol: tentacle, thumbprints: [${NOBODY}]`)));
  t.is((await tlsThrough(rig, echo.port)).how, 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  const { bytes_out: bytesOut, bytes_in: bytesIn } = await closeOf(rig);
  t.true(typeof bytesOut === 'number' && bytesOut > 0 && typeof bytesIn === 'number' && bytesIn > 0);
  t.like(rig.proxy.statistics(), { bytesOut, bytesIn });
});

test('a server that has been fixed is let through before the memory of its wrong certificate ends', async (t) => {
  const good = makeCertificate('web.test');
  const echo = await startTlsEcho(t, CERTIFICATE);
  const policy = policyOf(rule(echo.port, `protocol: tentacle, thumbprints: [${good.thumbprint}]`));
  const rig = await startLooking(t, policy, { times: { probeMemory: 600_000 } });
  const clearTraffic = async (): Promise<boolean> => {
    const went = await tlsThrough(rig, echo.port);
    went.close();
    return went.how === 'stands';
  };
  t.false(await clearTraffic());
  t.is((await closeOf(rig))['server_shown'], 'probed');
  echo.present(good);
  // What was just answered is believed for two seconds: a client that tries again and again causes no flood of handshakes.
  await until(clearTraffic, () => 'the mended server is still refused');
});

test('a client that names its server by the word for none is refused', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const policy = policyOf(`  - { id: ip, to: [127.0.0.1], ports: [${origin.port}], protocol: tls }\n`);
  const rig = await startLooking(t, policy);
  const client = await tunnelTo(rig.port, `127.0.0.1:${origin.port}`);
  t.is((await tlsOver(client, { servername: 'none' })).how, 'ERR_SSL_TLSV1_ALERT_DECODE_ERROR');
  t.is((await closeOf(rig))['ended_by'], 'traffic_not_allowed');
  t.is((await origin.arrival(0)).received(), '');
});

/** A tunnel for SSH in which only the time for a client's first bytes can end. */
async function sshTunnel(rig: Rig, port: number) {
  return await tunnelTo(rig.port, `web.test:${port}`);
}

test('an SSH client that stays silent when its server has spoken is refused when the time for a hello is over', async (t) => {
  const origin = await startOrigin(({ socket }) => void socket.write('SSH-2.0-Server\r\n'));
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')), {
    times: { hello: 300, handshake: 600_000 },
  });
  const client = await sshTunnel(rig, origin.port);
  const close = await closeOf(rig);
  t.is(close['ended_by'], 'traffic_not_allowed');
  t.regex(String(close['detail']), /the client sent nothing in time/);
  t.regex((await client.readToEnd()).text, /^SSH-2\.0-Server\r\n[^]*Egress denied: /);
});

test('an SSH client that waits for a slow server may do so', async (t) => {
  const hello = 1_000;
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')), {
    times: { hello, handshake: 600_000 },
  });
  const client = await sshTunnel(rig, origin.port);
  const arrival = await origin.arrival(0);
  await pause(2 * hello);
  arrival.socket.write('SSH-2.0-Server\r\n');
  t.is(await client.readUntil('\n'), 'SSH-2.0-Server\r\n');
  await client.send('SSH-2.0-Client\r\n');
  await until(
    () => arrival.received() === 'SSH-2.0-Client\r\n',
    () => `the destination has ${JSON.stringify(arrival.received())}, the client ${client.pending()}`,
  );
  client.close();
  t.is((await closeOf(rig))['ended_by'], 'client');
});
