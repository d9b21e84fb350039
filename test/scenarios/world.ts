import { join } from 'node:path';
import { parse } from 'yaml';
import { startDnsServer, type DnsAnswer, type DnsServer, type Zone } from '../fixtures/dns-server.js';
import type { DnsRecord } from '../fixtures/dns-message.js';
import { answering, echoing, ok, startOrigin, type Origin } from '../fixtures/origin.js';
import { setMode } from '../fixtures/policy-mode.js';
import { run } from '../fixtures/program.js';
import { PROGRAM, startTidegate, type Line } from '../fixtures/tidegate.js';
import { play } from './play.js';
import type { Scenario, Section } from './scenario.js';
import { showGot, showInFull, showJournal, showUpstream } from './show.js';
import { showTrail } from './trail.js';

/**
 * Plays a scenario against the running product, between a client, an origin, an echoing server and a DNS server of its
 * own, and tells what was seen, section by section. In its texts `{origin}`, `{echo}`, `{closed}` and `{proxy}` stand for
 * the ports of the origin, of the echo, of nobody, and of the proxy itself.
 */
export async function playScenario(scenario: Scenario): Promise<Map<Section, string>> {
  const given = (section: Section): string => scenario.sections.get(section) ?? '';
  const everywhere = scenario.sections.has('addresses') ? { host: '::' } : {};
  const origin = await startOrigin(answering(...scripts(given('origin'))), everywhere);
  const echo = await startOrigin(echoing, everywhere);
  const closed = await unusedPort();
  const dns = await startDnsServer(readZone(given('dns')));
  const names = new Map([
    ['origin', origin.port],
    ['echo', echo.port],
    ['closed', closed],
  ]);
  const put = (text: string): string =>
    text.replace(/\{([a-z]+)\}/g, (whole, name: string) => String(names.get(name) ?? whole));
  const config = parse(put(given('config'))) as Record<string, object> | null;
  try {
    const tidegate = await startTidegate({
      policies: policyFiles(put(given('policy'))),
      users: Object.fromEntries(pairs(given('users'))),
      config: {
        hosts: Object.fromEntries(pairs(given('hosts')).map(([name, addresses]) => [name, addresses.split(' ')])),
        ...config,
        dns: { servers: [dns.address], ...config?.['dns'] },
      },
    });
    names.set('proxy', tidegate.port);
    try {
      const command = async (line: string): Promise<string> => {
        const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
        const state = join(tidegate.folder.path, 'state');
        return (await run(process.execPath, [PROGRAM, ...words, '--state', state])).stdout;
      };
      const enforce = (): Promise<void> => setMode(tidegate, 'enforce');
      const got = await play(put(given('client')), tidegate.port, command, enforce);
      const code = await tidegate.stop();
      if (code !== 0) throw new Error(`ended with ${code}: ${tidegate.said()}`);
      const all = seen(got, [origin, echo], dns, await tidegate.journal(), names);
      if (scenario.sections.has('trail')) all.set('trail', await showTrail(join(tidegate.folder.path, 'state')));
      return all;
    } finally {
      await tidegate.discard();
    }
  } finally {
    await Promise.all([origin.close(), echo.close(), dns.close()]);
  }
}

/** Policy files, parted by `---`. */
function policyFiles(section: string): Record<string, string> {
  const texts = section === '' ? [] : section.split(/^---\n/m);
  return Object.fromEntries(texts.map((text, index) => [`scenario${index === 0 ? '' : index + 1}.yaml`, text]));
}

function seen(
  got: Awaited<ReturnType<typeof play>>,
  [origin, echo]: readonly [Origin, Origin],
  dns: DnsServer,
  journal: readonly Line[],
  names: ReadonlyMap<string, number>,
): Map<Section, string> {
  const normal = (text: string): string => {
    let normalised = text
      .replace(/(?<=attempt:? |^> )[0-9A-HJKMNP-TV-Z]{16}\b/gim, 'ID')
      .replace(/\btidegate-[0-9a-f]{8}\b/g, 'tidegate-INSTANCE');
    for (const [name, port] of names) normalised = normalised.replaceAll(`:${port}`, `:{${name}}`);
    return normalised;
  };
  const arrivals = [...origin.arrivals, ...echo.arrivals];
  return new Map<Section, string>([
    ['reply', normal(showGot(got))],
    ['reply in full', normal(showInFull(got))],
    ['upstream', normal(showUpstream(arrivals.map((arrival) => arrival.received())))],
    [
      'lookups',
      [...dns.queries]
        .sort()
        .map((query) => `${query}\n`)
        .join(''),
    ],
    ['journal', normal(showJournal(journal))],
  ]);
}

/**
 * Raw answers, parted by `---`. Each line ends with CRLF but the last, so that a body is exactly what stands there;
 * `[crlf]` stands for one more.
 */
function scripts(section: string): string[] {
  if (section === '') return [ok()];
  return section
    .split(/^---\n/m)
    .map((script) => script.slice(0, -1).replaceAll('\n', '\r\n').replaceAll('[crlf]', '\r\n'));
}

/** Lines of a word and the rest. */
function pairs(section: string): [string, string][] {
  return section
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, word = '', rest = ''] = /^(\S+) +(.*)$/.exec(line) ?? [];
      return [word, rest];
    });
}

/**
 * `name A 127.0.0.1`, several lines a name; `name servfail` and the like for all types; `name AAAA silent` for one type
 * that is never answered.
 */
function readZone(section: string): Zone {
  const zone: Record<string, DnsAnswer> = {};
  for (const [name, rest] of pairs(section)) {
    const [type = '', value = ''] = rest.split(' ');
    const before = zone[name];
    const records = Array.isArray(before) ? (before as readonly DnsRecord[]) : [];
    if (type === 'A' || type === 'AAAA' || type === 'CNAME') zone[name] = [...records, { type, value }];
    else if (type === 'silent' || type === 'servfail' || type === 'nxdomain' || type === 'wrong_id') zone[name] = type;
    else throw new Error(`dns: ${name} ${rest}`);
  }
  return zone;
}

async function unusedPort(): Promise<number> {
  const nobody = await startOrigin(echoing);
  await nobody.close();
  return nobody.port;
}
