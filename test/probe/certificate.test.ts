import type { X509Certificate } from 'node:crypto';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { probeCertificate } from '../../lib/probe/index.js';
import { makeCertificate } from '../fixtures/certificate.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { silent, startOrigin, type Serve } from '../fixtures/origin.js';
import { testWith } from '../programs.js';
import { closed, dial, startMeddler, startOpenssl, tentacleCertificate } from './peers.js';

const PATIENT = { budgetMs: 15_000 };

/** Probes a port, and sees to it that the socket is closed whatever came of it. */
async function probe(port: number, serverName = 'none', options = PATIENT) {
  const socket = await dial(port);
  const shown = await probeCertificate(socket, serverName, options);
  await closed(socket);
  return shown;
}

const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '');

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`the certificate of a ${version} server is shown, and the server is asked by the name that was given`, async (t) => {
    const certificate = makeCertificate('web.test');
    const names: unknown[] = [];
    // The probe may be gone before the server has its connection, but never before the server has read the name.
    const named = (name: string, done: (error: null) => void): void => {
      names.push(name);
      done(null);
    };
    const options = { ...certificate, minVersion: version, maxVersion: version, SNICallback: named };
    const server = createServer(options, (socket: TLSSocket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const shown = await probe(port, 'web.test');
    if (shown.kind !== 'certificate') return t.fail(shown.detail);
    t.is(shown.identity.thumbprint, certificate.thumbprint);
    t.true(shown.identity.notBefore < Date.now() && Date.now() < shown.identity.notAfter);
    t.is(shown.version, version);
    t.is(shown.subject, 'CN=web.test');
    t.is(shown.key, 'EC prime256v1');
    t.regex(shown.sha256, /^[0-9A-F]{64}$/);
    t.is((await probe(port)).kind, 'certificate');
    t.deepEqual(names, ['web.test'], 'the second probe gives no name');
  });
}

const withOpenssl = testWith('openssl');
let folder: Folder;
let made: X509Certificate | undefined;
test.before(async () => {
  folder = await makeFolder();
});
test.after.always(() => folder.remove());

/** A Tentacle look-alike, made once. */
async function own(): Promise<X509Certificate> {
  return (made ??= await tentacleCertificate(folder, 'own'));
}

/** What s_server is told, and what the probe shows. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  'asks for a client certificate (TLS 1.2)': ['-tls1_2', '-verify', '1'],
  'requires a client certificate (TLS 1.2)': ['-tls1_2', '-Verify', '1'],
  'requires a client certificate (TLS 1.3)': ['-tls1_3', '-Verify', '1'],
  'requires a client certificate (TLS 1.1)': ['-tls1_1', '-Verify', '1', '-cipher', 'ALL:@SECLEVEL=0'],
  'speaks TLS 1.0 only': ['-tls1', '-cipher', 'ALL:@SECLEVEL=0'],
  'lets RSA carry the key': ['-tls1_2', '-cipher', 'AES128-SHA'],
};

for (const [which, args] of Object.entries(SERVERS)) {
  withOpenssl(`a Tentacle look-alike that ${which} is known by its thumbprint`, async (t) => {
    const { fingerprint, fingerprint256 } = await own();
    const server = await startOpenssl(folder, 'own', ...args);
    t.teardown(server.stop);
    const shown = await probe(server.port);
    if (shown.kind !== 'certificate') return t.fail(shown.detail);
    t.is(shown.identity.thumbprint, bare(fingerprint));
    t.is(shown.sha256, bare(fingerprint256));
    t.is(shown.subject, 'CN=Octopus Tentacle');
    t.is(shown.key, 'RSA 2048');
  });
}

withOpenssl(
  'a server that has not deciphered anything before it asks for a client certificate has proven nothing',
  async (t) => {
    await own();
    const server = await startOpenssl(folder, 'own', '-tls1_2', '-Verify', '1', '-cipher', 'AES128-SHA');
    t.teardown(server.stop);
    const shown = await probe(server.port);
    t.like(shown, { kind: 'failed', why: 'refused' });
    t.regex(
      shown.kind === 'failed' ? shown.detail : '',
      /^the server ended the TLS handshake: .*alert handshake failure$/,
    );
  },
);

withOpenssl('a copied certificate is not taken for its owner', async (t) => {
  const copied = await tentacleCertificate(folder, 'copied');
  const { raw } = await own();
  t.is(raw.length, copied.raw.length);
  const server = await startOpenssl(folder, 'own', '-tls1_2');
  t.teardown(server.stop);
  const put = (all: Buffer): Buffer => {
    const at = all.indexOf(raw);
    return at < 0 ? all.subarray(0, Math.max(0, all.indexOf(raw.subarray(0, 32)))) : swap(all, at, copied.raw);
  };
  const meddler = await startMeddler(server.port, put);
  t.teardown(meddler.stop);
  const shown = await probe(meddler.port);
  t.like(shown, { kind: 'failed', why: 'unproven' });
  t.regex(shown.kind === 'failed' ? shown.detail : '', /^the TLS handshake failed: /);
});

withOpenssl('a server that goes after its certificate and before its signature has proven nothing', async (t) => {
  const { raw } = await own();
  const server = await startOpenssl(folder, 'own', '-tls1_2');
  t.teardown(server.stop);
  let end = 0;
  const meddler = await startMeddler(server.port, (all) => {
    const at = all.indexOf(raw);
    if (end > 0) return 'cut';
    if (at < 0) return all;
    end = at + raw.length;
    return all.subarray(0, end);
  });
  t.teardown(meddler.stop);
  t.like(await probe(meddler.port, 'none', { budgetMs: 1_500 }), { kind: 'failed' });
});

withOpenssl('a certificate that was changed on its way, its key left alone, is not shown as proven', async (t) => {
  const { raw } = await own();
  const server = await startOpenssl(folder, 'own', '-tls1_2', '-verify', '1');
  t.teardown(server.stop);
  const name = Buffer.from('Octopus Tentacle');
  const meddler = await startMeddler(server.port, (all) => {
    const at = all.indexOf(raw);
    const end = all.lastIndexOf(name, at + raw.length);
    return at < 0 || end < at
      ? all.subarray(0, Math.max(0, all.indexOf(raw.subarray(0, 32))))
      : swap(all, end, Buffer.from('octopus tentacle'));
  });
  t.teardown(meddler.stop);
  const shown = await probe(meddler.port);
  t.like(shown, { kind: 'failed', why: 'unproven' });
  t.regex(shown.kind === 'failed' ? shown.detail : '', /^the TLS handshake was changed in transit: /);
});

function swap(all: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([all.subarray(0, at), part, all.subarray(at + part.length)]);
}

/** Peers that show no certificate, how long to wait for them, and what is said of it. */
const OTHERS: Readonly<Record<string, readonly [Serve, number, string, RegExp]>> = {
  'says nothing': [silent, 300, 'no_answer', /^no answer in 300 ms$/],
  'goes at once': [({ socket }) => socket.destroy(), 15_000, 'closed', /closed/],
  'ends its side': [({ socket }) => socket.end(), 15_000, 'closed', /closed/],
  'goes when it is spoken to': [
    ({ socket }) => socket.once('data', () => socket.resetAndDestroy()),
    15_000,
    'closed',
    /closed/,
  ],
  'speaks SSH': [
    ({ socket }) => socket.write('SSH-2.0-Other_1\r\n'),
    15_000,
    'not_this_protocol',
    /does not speak TLS$/,
  ],
  'answers with an HTTP error': [
    ({ socket }) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    15_000,
    'not_this_protocol',
    /does not speak TLS$/,
  ],
  'ends with an alert': [
    ({ socket }) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 49]))),
    15_000,
    'refused',
    /access denied$/,
  ],
};

for (const [which, [serve, budgetMs, why, words]] of Object.entries(OTHERS)) {
  test(`a peer that ${which} gives no certificate, and the socket is closed`, async (t) => {
    const origin = await startOrigin(serve);
    t.teardown(origin.close);
    const shown = await probe(origin.port, 'none', { budgetMs });
    t.like(shown, { kind: 'failed', why });
    t.regex(shown.kind === 'failed' ? shown.detail : '', words);
  });
}

test('a socket that is closed already is an answer too', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const socket = await dial(origin.port);
  socket.destroy();
  t.like(await probeCertificate(socket, 'none', PATIENT), { kind: 'failed', why: 'closed' });
  await closed(socket);
  t.like(await probeCertificate(socket, 'none', PATIENT), { kind: 'failed', why: 'closed' });
});
