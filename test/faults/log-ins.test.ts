import test from 'ava';
import { connect, type Socket } from 'node:net';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';

/**
 * Log-ins under attack, with the product itself and its real cost of a password check: whatever other addresses send, and
 * whatever wrong passwords come from the same address, a right password is not taken for a wrong one.
 */

const HERE = '127.0.0.1';
const ATTACKER = '127.0.0.2';
const POLICY = `policy: empty\nallow:\n  - id: one\n    to: [allowed.test]\n    protocol: tls\n`;

/** The status of a CONNECT to a host that no rule allows: 403 for a user who is known, else 407 or 503. */
async function logIn({ port }: Tidegate, credentials: string, localAddress = HERE): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.write(`CONNECT denied.test:443 HTTP/1.1\r\nHost: denied.test:443\r\n${basic(credentials)}\r\n`);
  const answer = await readAll(socket);
  return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 403'.length);
}

function basic(credentials: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket) {
    text += String(bytes);
    if (text.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return text;
}

test('a client that keeps every password check busy does not keep another address out', async (t) => {
  const proxy = await startTidegate({ policies: { 'p.yaml': POLICY }, users: { ada: 'right' } });
  try {
    const flood = Array.from({ length: 300 }, (_, n) => logIn(proxy, `invented-${n}:x`, ATTACKER));
    await flood[0];
    t.is(await logIn(proxy, 'ada:right'), '403');
    const answers = await Promise.all(flood);
    t.deepEqual([...new Set(answers)].sort(), ['407', '503']);
    t.true(answers.filter((answer) => answer === '503').length > 0);
    // What could not be checked is not a wrong password.
    const records = await proxy.journal();
    const reasons = records.filter(({ kind }) => kind === 'decision').map(({ reason }) => reason);
    t.is(
      reasons.filter((reason) => reason === 'credentials_not_checked').length,
      answers.filter((a) => a === '503').length,
    );
    await until(
      () => Promise.resolve(proxy.said().includes('log-ins')),
      () => proxy.said(),
    );
  } finally {
    await proxy.discard();
  }
});

test('a hundred and ten wrong passwords from the same address do not lock out a user who is known there', async (t) => {
  const proxy = await startTidegate({ policies: { 'p.yaml': POLICY }, users: { ada: 'right' } });
  try {
    t.is(await logIn(proxy, 'ada:right'), '403');
    for (let n = 0; n < 110; n += 1) t.is(await logIn(proxy, `ada:wrong-${n}`), '407');
    t.is(await logIn(proxy, 'ada:right'), '403');
  } finally {
    await proxy.discard();
  }
});

test('credentials of another scheme are answered with the scheme to use, and do not count as wrong passwords', async (t) => {
  const proxy = await startTidegate({ policies: { 'p.yaml': POLICY }, users: { ada: 'right' } });
  try {
    for (const scheme of ['NTLM TlRMTVNTUAABAAAA', 'Negotiate YII=', 'Digest username="ada"', 'Bearer abc']) {
      for (let n = 0; n < 5; n += 1) {
        const socket = connect({ port: proxy.port, host: '127.0.0.1' });
        socket.write(`CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: ${scheme}\r\n\r\n`);
        const answer = await readAll(socket);
        t.regex(answer, /^HTTP\/1\.1 407 Egress refused: this proxy takes Basic only \(/);
        t.regex(answer, /\r\nProxy-Authenticate: Basic realm="tidegate"\r\n/);
      }
    }
    t.is(await logIn(proxy, 'ada:right'), '403');
    const refused = (await proxy.journal()).filter(({ verdict }) => verdict === 'refused');
    t.deepEqual([...new Set(refused.map(({ reason }) => reason))], ['credentials_not_basic']);
  } finally {
    await proxy.discard();
  }
});

test('of 64 guesses at the same time at most ten are worked out', async (t) => {
  const proxy = await startTidegate({ policies: { 'p.yaml': POLICY }, users: { ada: 'right' } });
  try {
    await Promise.all(Array.from({ length: 64 }, (_, n) => logIn(proxy, `ada:guess-${n}`, ATTACKER)));
    const records = await proxy.journal();
    const count = (wanted: string): number => records.filter(({ reason }) => reason === wanted).length;
    t.is(count('credentials_rejected') + count('credentials_not_checked') + count('credentials_rate_limited'), 64);
    t.true(count('credentials_rejected') <= 10, String(count('credentials_rejected')));
    t.true(count('credentials_rate_limited') > 0);
  } finally {
    await proxy.discard();
  }
});
