import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import type { Certificate } from '../../lib/attempt/index.js';
import { Prober } from '../../lib/proxy/inspect/index.js';
import { makeCertificate } from '../fixtures/certificate.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { until } from '../fixtures/waiting.js';
import { ip, ssh, tls } from '../policy/samples.js';
import { join, listening, policyOf, rule, startTlsEcho, startTurnstile } from '../proxy/tunnel-rig.js';
import { openAttempt } from '../proxy/opened-attempt.js';
import { startRig } from '../proxy/rig.js';

const SHOWN = makeCertificate('web.test');
const OTHER = makeCertificate('web.test');
const HIDDEN = tls('web.test', { server: { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' } });
const LOOPBACK = ip('127.0.0.1');
const LIMITS = { probe: 20_000, probeMemory: 600_000 };

const wanted = (): void => undefined;

/** What a tunnel showed of a certificate, without a signature by its key. */
function claimed({ thumbprint }: typeof SHOWN) {
  const identity: Certificate = { thumbprint, notBefore: 0, notAfter: Date.now() };
  return tls('web.test', { version: 'TLSv1.2', server: { kind: 'claimed', identity, probe: 'not_made' } });
}

/** An attempt whose decision is on disk, to a port of loopback. */
async function openedTo(t: ExecutionContext, port: number) {
  const rig = await startRig();
  t.teardown(rig.end);
  return (await openAttempt(rig, policyOf(rule(port, 'protocol: tentacle')), `web.test:${port}`, '127.0.0.1')).opened;
}

test('an attempt that is no longer wanted makes no second probe, whatever the first one showed', async (t) => {
  const echo = await startTlsEcho(t, OTHER);
  const turnstile = await startTurnstile(t, echo.port, 0);
  const opened = await openedTo(t, turnstile.port);
  const prober = new Prober(LIMITS);
  let gone = false;
  const first = prober.from(opened, LOOPBACK, wanted).certificate(HIDDEN);
  const second = prober
    .from(opened, LOOPBACK, () => {
      if (gone) throw new Error('no longer wanted');
    })
    .certificate(claimed(SHOWN));
  await until(
    () => turnstile.heard() > 0,
    () => 'no probe was begun',
  );
  gone = true;
  turnstile.letThrough();
  t.like(await first, { kind: 'probed', identity: { thumbprint: OTHER.thumbprint } });
  await t.throwsAsync(second, { message: 'no longer wanted' });
  t.is(turnstile.arrived(), 1);
});

test('another certificate than the tunnel shows does not prove the tunnel, also after a second probe', async (t) => {
  const echo = await startTlsEcho(t, OTHER);
  const turnstile = await startTurnstile(t, echo.port, Infinity);
  const prover = new Prober(LIMITS).from(await openedTo(t, turnstile.port), LOOPBACK, wanted);
  t.like(await prover.certificate(claimed(SHOWN)), {
    kind: 'claimed',
    identity: { thumbprint: SHOWN.thumbprint },
    probe: { failed: 'the same address showed another identity' },
  });
  t.is(turnstile.arrived(), 2);
});

test('at most 64 probes run at once, and one more fails at once', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const opened = await openedTo(t, origin.port);
  const prober = new Prober(LIMITS);
  const ask = (index: number) =>
    prober.from(opened, LOOPBACK, wanted).certificate({ ...HIDDEN, serverName: tls(`n${index}.test`).serverName });
  const waiting = Array.from({ length: 64 }, (_, index) => ask(index));
  t.like(await ask(64), { kind: 'hidden', probe: { failed: 'too many concurrent probe handshakes' } });
  await origin.arrival(63);
  t.is(origin.arrivals.length, 64);
  for (const { socket } of origin.arrivals) socket.destroy();
  for (const shown of await Promise.all(waiting)) t.is(shown.kind, 'hidden');
  const again = ask(65);
  await origin.arrival(64);
  origin.arrivals[64]?.socket.destroy();
  const shown = await again;
  t.is(shown.kind, 'hidden');
  // TLS or the socket reports the end, whichever comes first.
  t.regex(JSON.stringify(shown), /"failed":"the connection was closed( during the TLS handshake)?"/);
});

test('a host key that led to a denial is probed again: the server may have been fixed', async (t) => {
  const keys = [ssh2.utils.generateKeyPairSync('ed25519').private, ssh2.utils.generateKeyPairSync('ed25519').private];
  const ports = await Promise.all(keys.map((key) => startSshServer(t, key)));
  let repaired = false;
  const server = createServer((socket) => join(socket, ports[repaired ? 1 : 0] ?? 0));
  const opened = await openedTo(t, await listening(t, server));
  const prober = new Prober(LIMITS);
  const seen = ssh({ kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' });
  const ask = async (): Promise<string> => {
    const shown = await prober.from(opened, LOOPBACK, wanted).hostKey(seen, 'ssh-ed25519');
    prober.doubt(opened, LOOPBACK, { ...seen, server: shown });
    return shown.kind === 'probed' ? shown.identity.sha256 : shown.kind;
  };
  const wrong = await ask();
  t.regex(wrong, /^SHA256:/);
  repaired = true;
  await until(
    async () => (await ask()) !== wrong,
    () => 'the old host key is remembered',
  );
  t.regex(await ask(), /^SHA256:/);
});

async function startSshServer(t: ExecutionContext, hostKey: string): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => void connection.on('error', () => undefined));
  t.teardown(() => void server.close());
  return await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}
