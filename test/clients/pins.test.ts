import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { tidegate } from '../cli/command.js';
import { makeTentacleCertificate } from '../fixtures/certificate.js';
import { startTidegate, type Line } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { checkOf, shake, startTls, talk, type Shaken } from '../proxy/inspect/peers.js';

const TENTACLE = makeTentacleCertificate('Octopus Tentacle');
const OCTOPUS = makeTentacleCertificate('Octopus Portal');
const RENEWED = makeTentacleCertificate('Octopus Tentacle');

/** The lines for a rule in what `audit show` prints, with the indent that a rule's keys have. */
function proposed(shown: string): string {
  const lines = shown.split('\n').filter((line) => /^ +(client-)?thumbprints: \[/.test(line));
  return lines.map((line) => `    ${line.trimStart()}\n`).join('');
}

/** The policy as people write it, without pins; `more` goes behind its last line. */
function policyText(port: number, more: string): string {
  return `policy: tentacles
allow:
  - id: web
    to: [web.test]
    resolves-to: [127.0.0.0/8]
    protocol: tentacle
    ports: [${port}]
${more}`;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`pins are brought in without an outage, ${version}: observed, shown as YAML, pasted, enforced, renewed`, async (t) => {
    const serving = { requestCert: true, rejectUnauthorized: false, minVersion: version, maxVersion: version } as const;
    const peer = await startTls(t, { ...TENTACLE, ...serving });
    const running = await startTidegate({
      policies: { 'tentacles.yaml': policyText(peer.port, '    mode: observe\n') },
      config: { hosts: { 'web.test': ['127.0.0.1'] }, timeouts: { 'probe-memory': '1s' } },
    });
    t.teardown(running.discard);
    const state = join(running.folder.path, 'state');
    let tunnels = 0;
    const go = async (): Promise<{ handshake: Shaken; close: Line }> => {
      const handshake = await shake(running.port, `web.test:${peer.port}`, { key: OCTOPUS.key, cert: OCTOPUS.cert });
      if (handshake.kind === 'secure') await talk(handshake);
      tunnels += 1;
      let closes: readonly Line[] = [];
      await until(
        async () => (closes = (await running.journal()).filter(({ kind }) => kind === 'close')).length === tunnels,
        () => `tunnel ${tunnels} does not end`,
      );
      return { handshake, close: closes.at(-1) ?? {} };
    };
    const show = async ({ attempt }: Line): Promise<string> =>
      (await tidegate(['audit', 'show', String(attempt), '--state', state])).stdout;
    const adopt = async (more: string): Promise<void> => {
      const count = (await running.journal()).filter(({ outcome }) => outcome === 'adopted').length;
      await running.folder.write('policies/tentacles.yaml', policyText(peer.port, more));
      await until(
        async () => (await running.journal()).filter(({ outcome }) => outcome === 'adopted').length > count,
        () => `the policy is not adopted; said ${running.said()}`,
      );
    };

    const first = await go();
    t.is(first.handshake.kind, 'secure');
    t.like(first.close, { would_deny: 'none', cleared_by: 'tentacles/web' });
    t.like(checkOf(first.close, 'thumbprint'), { outcome: 'not_checked', seen: TENTACLE.thumbprint });
    const lines = proposed(await show(first.close));
    // TLS 1.3 hides the client, and nobody can ask it.
    const seenOfClient = version === 'TLSv1.2' ? { 'client-thumbprints': [OCTOPUS.thumbprint] } : {};
    t.deepEqual(parse(lines), { thumbprints: [TENTACLE.thumbprint], ...seenOfClient });

    await adopt(lines);
    const enforced = await go();
    t.is(enforced.handshake.kind, 'secure');
    t.like(enforced.close, { would_deny: 'none', cleared_by: 'tentacles/web', ended_by: 'client' });
    const outcome = version === 'TLSv1.2' ? 'verified' : 'probed';
    t.like(checkOf(enforced.close, 'thumbprint'), { outcome, expected: [TENTACLE.thumbprint] });
    t.notRegex(await show(enforced.close), /thumbprints: \[/);

    peer.server.setSecureContext({ ...RENEWED, ...serving });
    await adopt(`${lines}    mode: observe\n`);
    let renewed = await go();
    // What a probe showed a moment ago is remembered for a second.
    while (checkOf(renewed.close, 'thumbprint')['seen'] !== RENEWED.thumbprint) renewed = await go();
    t.is(renewed.handshake.kind, 'secure');
    t.like(renewed.close, { would_deny: 'thumbprint_mismatch', cleared_by: 'tentacles/web' });
    const listed = await tidegate(['audit', 'list', '--would-deny', '--json', '--state', state]);
    t.regex(listed.stdout, new RegExp(String(renewed.close['attempt'])));
    const both = proposed(await show(renewed.close));
    t.deepEqual(parse(both), { thumbprints: [TENTACLE.thumbprint, RENEWED.thumbprint] });
    await adopt(lines);
    const denied = await go();
    t.like(denied.handshake, { kind: 'failed' });
    t.like(denied.close, { ended_by: 'thumbprint_mismatch' });
    t.regex(await show(denied.close), /verify it before you add it/);
    await adopt(both + (/^ *client-.*\n/m.exec(lines)?.[0] ?? ''));
    const again = await go();
    t.is(again.handshake.kind, 'secure');
    t.like(checkOf(again.close, 'thumbprint'), { seen: RENEWED.thumbprint, outcome });
    t.is(await running.stop(), 0);
  });
}
