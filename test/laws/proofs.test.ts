import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { Certificate } from '../../lib/attempt/index.js';
import { Proofs } from '../../lib/proxy/inspect/index.js';
import { makeCertificate } from '../fixtures/certificate.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { until } from '../fixtures/waiting.js';
import { ip, ssh, tls } from '../policy/samples.js';
import { join, listening, policyOf, rule, startSshServer, startTlsEcho, startTurnstile } from '../proxy/looking.js';
import { opening } from '../proxy/opening.js';
import { startRig } from '../proxy/rig.js';

const SHOWN = makeCertificate('web.test');
const OTHER = makeCertificate('web.test');
const HIDDEN = tls('web.test', { server: { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' } });
const LOOPBACK = ip('127.0.0.1');
const LIMITS = { probe: 20_000, probeMemory: 600_000 };

const wanted = (): void => undefined;

/** What the wire showed of a certificate whose key nobody has seen sign. */
function claimed({ thumbprint }: typeof SHOWN) {
  const identity: Certificate = { thumbprint, notBefore: 0, notAfter: Date.now() };
  return tls('web.test', { version: 'TLSv1.2', server: { kind: 'claimed', identity, probe: 'not_made' } });
}

/** An attempt whose decision is on disk, to a port of loopback. */
async function openedTo(t: ExecutionContext, port: number) {
  const rig = await startRig();
  t.teardown(rig.end);
  return (await opening(rig, policyOf(rule(port, 'protocol: tentacle')), `web.test:${port}`, '127.0.0.1')).opened;
}

test('who is not wanted any more asks nobody again, whatever the answer was that it waited for', async (t) => {
  const echo = await startTlsEcho(t, OTHER);
  const turnstile = await startTurnstile(t, echo.port, 0);
  const opened = await openedTo(t, turnstile.port);
  const proofs = new Proofs(LIMITS);
  let gone = false;
  const first = proofs.from(opened, LOOPBACK, wanted).certificate(HIDDEN);
  const second = proofs
    .from(opened, LOOPBACK, () => {
      if (gone) throw new Error('nobody wants it');
    })
    .certificate(claimed(SHOWN));
  await until(
    () => turnstile.heard() > 0,
    () => 'no own handshake was begun',
  );
  gone = true;
  turnstile.letThrough();
  t.like(await first, { kind: 'probed', identity: { thumbprint: OTHER.thumbprint } });
  await t.throwsAsync(second, { message: 'nobody wants it' });
  t.is(turnstile.arrived(), 1);
});

test('another certificate than the tunnel shows proves nothing of the tunnel, also when it is asked for again', async (t) => {
  const echo = await startTlsEcho(t, OTHER);
  const turnstile = await startTurnstile(t, echo.port, Infinity);
  const prove = new Proofs(LIMITS).from(await openedTo(t, turnstile.port), LOOPBACK, wanted);
  t.like(await prove.certificate(claimed(SHOWN)), {
    kind: 'claimed',
    identity: { thumbprint: SHOWN.thumbprint },
    probe: { failed: 'an own handshake with the same address showed another identity' },
  });
  t.is(turnstile.arrived(), 2);
});

test('no more than 64 own handshakes are under way at once, and one more fails at once', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const opened = await openedTo(t, origin.port);
  const proofs = new Proofs(LIMITS);
  const ask = (index: number) =>
    proofs.from(opened, LOOPBACK, wanted).certificate({ ...HIDDEN, serverName: tls(`n${index}.test`).serverName });
  const waiting = Array.from({ length: 64 }, (_, index) => ask(index));
  t.like(await ask(64), { kind: 'hidden', probe: { failed: 'too many own handshakes are under way' } });
  await origin.arrival(63);
  t.is(origin.arrivals.length, 64);
  for (const { socket } of origin.arrivals) socket.destroy();
  for (const shown of await Promise.all(waiting)) t.is(shown.kind, 'hidden');
  const again = ask(65);
  await origin.arrival(64);
  origin.arrivals[64]?.socket.destroy();
  // It was made: what it failed by is the server's leaving.
  t.regex(JSON.stringify(await again), /"failed":"the connection was closed/);
});

test('a host key that somebody was turned away for is asked for anew: the server may have been mended', async (t) => {
  const [wrongPort, rightPort] = [await startSshServer(t), await startSshServer(t)];
  let mended = false;
  const server = createServer((socket) => join(socket, mended ? rightPort : wrongPort));
  const opened = await openedTo(t, await listening(t, server));
  const proofs = new Proofs(LIMITS);
  const seen = ssh({ kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' });
  const ask = async (): Promise<string> => {
    const shown = await proofs.from(opened, LOOPBACK, wanted).hostKey(seen, 'ecdsa-sha2-nistp256');
    proofs.doubt(opened, LOOPBACK, { ...seen, server: shown });
    return shown.kind === 'probed' ? shown.identity.sha256 : shown.kind;
  };
  const wrong = await ask();
  t.regex(wrong, /^SHA256:/);
  mended = true;
  await until(
    async () => (await ask()) !== wrong,
    () => 'the old host key is remembered',
  );
  t.regex(await ask(), /^SHA256:/);
});
