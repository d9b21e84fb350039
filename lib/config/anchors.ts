import type { AnchorConfig } from './config.js';
import { Members } from './members.js';
import { secretSource, syslogReceiver, textLike, tlsFiles, webAddress } from './sinks.js';
import { duration, isMapping, pathFrom, type Reader, type Value, word, wrong } from './values.js';

const uses = ['file', 'syslog', 'http'] as const;

/** What options say: where to, how secured, as whom. */
type Reached = Pick<AnchorConfig, 'place' | 'tls' | 'secret'>;

const nothing = { tls: 'plain', secret: { source: 'none', header: '', before: '' } } as const;
const NOWHERE: Reached = { place: { use: 'file', path: '' }, ...nothing };

const nameOf = textLike(
  /^[a-z0-9][a-z0-9-]{0,62}$/,
  'must be of a-z, 0-9 and hyphens: what it has is kept in a file of it',
);

/** Reads one anchor. Paths in it are taken from `folder`. Never repeats an option's value: it may be a secret. */
export function anchorFrom(folder: string): Reader<AnchorConfig> {
  return (raw) => {
    if (!isMapping(raw)) return wrong(`must be {name: …, use: ${uses.join(', ')}, options: {…}}`);
    const members = new Members(raw);
    const name = members.need('name', nameOf, '');
    const use = members.need('use', word(...uses), 'file');
    // What its options may be depends on a use that is known.
    const known = uses.some((each) => each === raw['use']);
    const options: Reader<Reached> = (given) =>
      known ? reachedBy(use, given, folder) : { kind: 'value', value: NOWHERE };
    const timeoutMs = members.get('timeout', duration(1_000, 120_000), 10_000);
    return members.end({ name, timeoutMs, ...members.need('options', options, NOWHERE) });
  };
}

function reachedBy(use: (typeof uses)[number], raw: unknown, folder: string): Value<Reached> {
  if (!isMapping(raw)) return wrong('must be a map');
  const members = new Members(raw);
  switch (use) {
    case 'file':
      return members.end({ ...nothing, place: { use, path: members.need('path', pathFrom(folder), '') } });
    case 'syslog': {
      const { tls, ...receiver } = syslogReceiver(members, folder);
      return members.end({ ...nothing, place: { use, ...receiver }, tls });
    }
    case 'http':
      return members.end(http(members, folder));
  }
}

function http(members: Members, folder: string): Reached {
  const url = members.need('url', webAddress, '');
  const source = secretSource(members, folder);
  if (source !== 'none' && url.startsWith('http:'))
    members.wrong(['url'], 'must be https where a token is sent, or everybody on the way reads it');
  const secret = { source, header: 'authorization', before: 'Bearer ' };
  return { place: { use: 'http', url }, tls: tlsFiles(members, folder), secret };
}
