import type { Tunnel } from '../../app/tunnels/index.js';
import { sizeText } from '../../system/values/index.js';
import { type Cell, duration, tableOf } from '../console/index.js';
import type { RatedTunnel } from './rates.js';

const HEADS = ['ATTEMPT', 'AGE', 'CLIENT', 'DESTINATION', 'RULE', 'SEEN', 'OUT', 'IN'];

/** Lists tunnels for people, a line each, without their rates. */
export function tunnelTable(tunnels: readonly Tunnel[], at: string): string {
  return tableOf(
    HEADS,
    tunnels.map((each) => cellsOf(each, at)),
  );
}

/** Lists tunnels with their rates; `open` is how many there are in all. */
export function ratedTable(tunnels: readonly RatedTunnel[], open: number, at: string): string {
  if (open === 0) return 'nothing is open';
  const table = tableOf(
    [...HEADS, 'RATE'],
    tunnels.map((each) => [...cellsOf(each, at), rateText(each)]),
  );
  const more = open - tunnels.length;
  return more === 0 ? table : `${table}\n${more} more open, not listed`;
}

function cellsOf(tunnel: Tunnel, at: string): readonly Cell[] {
  const { attempt, received, client, destination, bytes_out: sent, bytes_in: into } = tunnel;
  return [
    attempt,
    duration(received, at),
    client.user === null ? client.ip : `${client.user} (${client.ip})`,
    `${hostText(destination.host)}:${destination.port}`,
    ruleCell(tunnel),
    seenText(tunnel),
    sizeText(sent),
    sizeText(into),
  ];
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ruleCell({ rule, would_deny: wouldDeny }: Tunnel): Cell {
  if (wouldDeny === null) return rule ?? 'none';
  return { text: `${rule ?? 'observed'}, would be denied: ${wouldDeny}`, meaning: 'warning' };
}

/** What the traffic is, and what became of each pin. */
function seenText({ request, seen, checks }: Tunnel): string {
  const pins = checks.filter(({ pinned, fact }) => pinned && fact !== 'server_name');
  const traffic = request === 'forward' ? 'http request' : seen;
  return [traffic, ...pins.map(({ fact, outcome }) => `${fact} ${outcome}`)].join(', ').replaceAll('_', ' ');
}

function rateText({ bytes_per_second_out: out, bytes_per_second_in: into }: RatedTunnel): string {
  if (out === null || into === null) return '-';
  return `${sizeText(out)}/s out, ${sizeText(into)}/s in`;
}
