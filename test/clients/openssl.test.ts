import type { X509Certificate } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { run, type Ran } from '../fixtures/program.js';
import { startOpenssl, tentacleCertificate } from '../probe/peers.js';
import { testWith } from '../programs.js';
import { checkOf, closeOf, policyTo, startGate, type RuleWords } from '../proxy/inspect/peers.js';
import type { Rig } from '../proxy/rig.js';

const withOpenssl = testWith('openssl');
const TLS: RuleWords = { protocol: 'tls' };
const ACCESS_DENIED = /:(tlsv1|sslv3) alert access denied:.*:SSL alert number 49/;

let folder: Folder;
let server: X509Certificate;
let client: X509Certificate;
test.before(async () => {
  folder = await makeFolder();
  [server, client] = [await tentacleCertificate(folder, 'tentacle'), await tentacleCertificate(folder, 'octopus')];
});
test.after.always(() => folder.remove());

const thumbprint = ({ fingerprint }: X509Certificate): string => fingerprint.replaceAll(':', '');
const file = (name: string): string => join(folder.path, name);
const asOctopus = (): string[] => ['-cert', file('octopus.pem'), '-key', file('octopus.key')];

function pinned(more: object = {}): RuleWords {
  return { protocol: 'tentacle', thumbprints: [thumbprint(server)], ...more };
}

/**
 * OpenSSL's own server, which shows a page about the session, and a gate before it. It serves one connection after the
 * other, so that there are two of it: the one connection of `probe`'s number goes to the second.
 */
async function guarded(t: ExecutionContext, rule: RuleWords, probe: number, ...args: readonly string[]) {
  const servers = [await startOpenssl(folder, 'tentacle', '-www', ...args)];
  if (probe > 0) servers.push(await startOpenssl(folder, 'tentacle', '-www', ...args));
  const sockets = new Set<Socket>();
  let count = 0;
  const fork = createServer({ allowHalfOpen: true }, (socket) => {
    count += 1;
    const upstream = connect({ port: servers[count === probe ? 1 : 0]?.port ?? 0, allowHalfOpen: true });
    for (const end of [socket, upstream])
      sockets.add(end.on('error', () => [socket, upstream].map((one) => one.destroy())));
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => fork.listen(0, '127.0.0.1', () => resolve()));
  const { port } = fork.address() as AddressInfo;
  t.teardown(async () => {
    fork.close();
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map(({ stop }) => stop()));
  });
  return { port, rig: await startGate(t, policyTo(port, rule)) };
}

/** OpenSSL's own client, which finds its way through the proxy by itself and fetches the page. */
function fetchPage(rig: Rig, port: number, ...args: readonly string[]): Promise<Ran> {
  const way = ['-proxy', `127.0.0.1:${rig.port}`, '-connect', `web.test:${port}`];
  const name = args.includes('-servername') || args.includes('-noservername') ? [] : ['-servername', 'web.test'];
  return run('openssl', ['s_client', '-quiet', ...way, ...name, ...args], { input: 'GET / HTTP/1.0\r\n\r\n' });
}

for (const version of ['-tls1_2', '-tls1_3']) {
  withOpenssl(
    `s_client ${version} gets through a tls rule by the right name, and shows an alert by another`,
    async (t) => {
      const { port, rig } = await guarded(t, TLS, 0);
      t.regex((await fetchPage(rig, port, version)).stdout, /HTTP\/1\.0 200 ok/);
      t.like(await closeOf(rig), { server_name: 'web.test', cleared_by: 'inside/first' });
      const other = await fetchPage(rig, port, version, '-servername', 'front.test');
      t.is(other.code, 1);
      t.regex(other.stderr, ACCESS_DENIED);
      t.is(other.stdout, '');
      const close = await closeOf(rig, 2);
      t.like(close, { server_name: 'front.test', ended_by: 'server_name_not_allowed', bytes_out: 0 });
      t.like(checkOf(close, 'server_name'), { expected: ['web.test'], seen: 'front.test' });
      t.regex((await fetchPage(rig, port, version, '-noservername')).stderr, ACCESS_DENIED);
      t.like(await closeOf(rig, 3), { server_name: null, ended_by: 'server_name_not_allowed' });
    },
  );
}

withOpenssl('no byte of what s_client says reaches a server whose name it does not ask for', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, TLS));
  t.regex((await fetchPage(rig, origin.port, '-servername', 'front.test')).stderr, ACCESS_DENIED);
  t.is((await origin.arrival(0)).received(), '');
});

/** How s_server and s_client are told, what the record says of both, and what came of the pins. */
type Meeting = readonly [string, string, 'proven' | 'probed', 'proven' | 'absent' | 'hidden'];
const MEETINGS: Readonly<Record<string, Meeting>> = {
  'TLS 1.2, ECDHE': ['-tls1_2', '', 'proven', 'absent'],
  'TLS 1.2, DHE': ['-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384', '', 'proven', 'absent'],
  'TLS 1.2, RSA key exchange': ['-tls1_2 -cipher AES128-SHA', '', 'probed', 'absent'],
  'TLS 1.2, a client certificate': ['-tls1_2 -Verify 1', 'certificate', 'proven', 'proven'],
  'TLS 1.2, a client certificate that is not there': ['-tls1_2 -verify 1', '', 'proven', 'absent'],
  'TLS 1.1': ['-tls1_1 -cipher ALL:@SECLEVEL=0', '-cipher ALL:@SECLEVEL=0', 'proven', 'absent'],
  'TLS 1.0, a client certificate': [
    '-tls1 -Verify 1 -cipher ALL:@SECLEVEL=0',
    'certificate -cipher ALL:@SECLEVEL=0',
    'proven',
    'proven',
  ],
  'TLS 1.3': ['-tls1_3', '', 'probed', 'hidden'],
  'TLS 1.3, a client certificate': ['-tls1_3 -Verify 1', 'certificate', 'probed', 'hidden'],
  'TLS 1.3, HelloRetryRequest': ['-tls1_3 -curves P-384', '-curves X25519:P-384', 'probed', 'hidden'],
};
for (const [what, [serving, asking, serverShown, clientShown]] of Object.entries(MEETINGS)) {
  withOpenssl(`s_server and s_client, ${what}: the server is ${serverShown}, the client ${clientShown}`, async (t) => {
    const { port, rig } = await guarded(t, pinned(), serverShown === 'probed' ? 2 : 0, ...serving.split(' '));
    const args = asking
      .split(' ')
      .flatMap((word) => (word === 'certificate' ? asOctopus() : word === '' ? [] : [word]));
    const { stdout, stderr } = await fetchPage(rig, port, ...args);
    t.regex(stdout, /HTTP\/1\.0 200 ok/, stderr);
    const close = await closeOf(rig);
    t.like(close, { server_shown: serverShown, client_shown: clientShown, cleared_by: 'inside/first' });
    const outcome = serverShown === 'proven' ? 'verified' : 'probed';
    t.like(checkOf(close, 'thumbprint'), { outcome, seen: thumbprint(server) });
    const seen = clientShown === 'proven' ? thumbprint(client) : null;
    t.like(checkOf(close, 'client_thumbprint'), { outcome: 'not_checked', seen });

    rig.setPolicy(policyTo(port, pinned({ thumbprints: [thumbprint(client)] })));
    const turnedAway = await fetchPage(rig, port, ...args);
    t.regex(turnedAway.stderr, ACCESS_DENIED);
    t.is(turnedAway.stdout, '');
    t.like(await closeOf(rig, 2), { ended_by: 'thumbprint_mismatch' });
  });
}

withOpenssl('a session that s_client resumes hides the certificate, and the server is probed', async (t) => {
  const { port, rig } = await guarded(t, pinned(), 3, '-tls1_2');
  const session = file('session.pem');
  t.regex((await fetchPage(rig, port, '-sess_out', session)).stdout, /^New, /m);
  t.like(await closeOf(rig), { server_shown: 'proven' });
  t.regex((await fetchPage(rig, port, '-sess_in', session)).stdout, /^Reused, /m);
  const close = await closeOf(rig, 2);
  t.like(close, { server_shown: 'probed', client_shown: 'hidden' });
  rig.setPolicy(policyTo(port, pinned({ unverifiable: 'deny' })));
  t.regex((await fetchPage(rig, port, '-sess_in', session)).stderr, ACCESS_DENIED);
  t.like(await closeOf(rig, 3), { ended_by: 'identity_not_visible', server_shown: 'hidden' });
});

withOpenssl('a client certificate that is not pinned is turned away with an alert that s_client shows', async (t) => {
  const rule = pinned({ 'client-thumbprints': [thumbprint(server)] });
  const { port, rig } = await guarded(t, rule, 0, '-tls1_2', '-Verify', '1');
  t.regex((await fetchPage(rig, port, ...asOctopus())).stderr, ACCESS_DENIED);
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'client_thumbprint_mismatch', client_shown: 'proven' });
  const check = { expected: [thumbprint(server)], seen: thumbprint(client), outcome: 'mismatch' };
  t.like(checkOf(close, 'client_thumbprint'), check);
  rig.setPolicy(policyTo(port, pinned({ 'client-thumbprints': [thumbprint(client)] })));
  t.regex((await fetchPage(rig, port, ...asOctopus())).stdout, /HTTP\/1\.0 200 ok/);
  t.like(checkOf(await closeOf(rig, 2), 'client_thumbprint'), { outcome: 'verified' });
});

withOpenssl('a client that does not trust the server says so, and the server hears it', async (t) => {
  const { port, rig } = await guarded(t, pinned(), 0, '-tls1_2', '-verify', '1');
  const { code, stderr } = await fetchPage(rig, port, '-verify_return_error', '-CAfile', file('octopus.pem'));
  t.is(code, 1);
  t.regex(stderr, /certificate verify failed/);
  t.like(await closeOf(rig), { server_shown: 'proven', client_shown: 'not_reached', cleared_by: 'inside/first' });
});
