import {
  type DomainName,
  formatHost,
  type IpAddress,
  type IpRange,
  parseAddress,
  parseHost,
  parseRange,
} from '../address/index.js';
import { type Fault, fault, type TextReading } from '../text/index.js';
import { isMapping } from './fields.js';
import { type Kind, list, pattern, scalar, settled, textOf, under } from './kinds.js';

/** The address and port of a listener; port 0 takes a free one. */
export interface Listen {
  /** An address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where to listen, as `127.0.0.1:3128` or `[::1]:3128`. */
export const listener: Kind<Listen> = scalar({
  form: 'an address and a port',
  hint: () => 'write it like 127.0.0.1:3128, 0.0.0.0:3128 or [::1]:3128',
  schema: { type: 'string', pattern: ':\\d{1,5}$' },
  show: formatListen,
  parse: (raw) => {
    const text = textOf(raw);
    const host = parseHost(text.replace(/:\d{1,5}$/, ''));
    const port = Number(/:(\d{1,5})$/.exec(text)?.[1] ?? -1);
    const isAddress = host.kind === 'parsed' && host.value.kind === 'address' && port >= 0 && port <= 65_535;
    return isAddress ? { host: host.value.address.text, port } : undefined;
  },
});

/** Writes a listener as {@link listener} reads it. */
export function formatListen({ host, port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of a DNS server with an optional port, in the form of `dns.Resolver`. */
export const dnsServer: Kind<string> = scalar({
  form: 'the address of a DNS server',
  hint: () => 'write it like 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53',
  schema: { type: 'string' },
  show: String,
  parse: (raw) => {
    const bare = parseAddress(textOf(raw));
    if (bare.kind === 'parsed') return formatHost({ kind: 'address', address: bare.value });
    const found = listener.read(raw, '');
    return found.kind === 'value' && found.value.port > 0 ? formatListen(found.value) : undefined;
  },
});

const address: Kind<IpAddress> = scalar({
  form: 'an address',
  hint: () => 'write it like 10.20.0.5 or 2001:db8::5',
  schema: { type: 'string' },
  show: ({ text }) => text,
  parse: (raw) => {
    const read = parseAddress(textOf(raw));
    return read.kind === 'parsed' ? read.value : undefined;
  },
});

/** An address, or a range of them. */
export const range: Kind<IpRange> = scalar({
  form: 'an address or a range',
  hint: (raw) => {
    const read = parseRange(textOf(raw));
    if (read.kind === 'host_bits') return `${read.detail}: write ${read.corrected.text}`;
    return 'write it like 10.20.0.0/16, 10.20.0.5 or 2001:db8::/32';
  },
  schema: { type: 'string' },
  show: ({ text }) => text,
  parse: (raw) => {
    const read = parseRange(textOf(raw));
    return read.kind === 'parsed' ? read.value : undefined;
  },
});

/** Addresses of names that are in no DNS: `name: [address, …]`. */
export const hosts: Kind<ReadonlyMap<DomainName, readonly IpAddress[]>> = keyed(
  'a mapping of names to lists of addresses',
  list(address),
  (key, isKnown) => {
    const host = parseHost(key);
    if (host.kind === 'malformed') return badKey(host.detail);
    if (host.value.kind === 'address') return badKey('expected a name, found an address');
    const { name } = host.value;
    return isKnown(name) ? badKey('duplicate name') : { kind: 'value', value: name };
  },
);

/** A mapping whose keys are data too; `readKey` checks one and gives its canonical form. */
function keyed<K extends string, V>(
  form: string,
  kind: Kind<V>,
  readKey: (key: string, isKnown: (name: K) => boolean) => TextReading<K>,
): Kind<ReadonlyMap<K, V>> {
  return {
    form,
    schema: { type: 'object', additionalProperties: kind.schema },
    text: 'file_only',
    show: (known) => [...known.keys()].join(', ') || 'none',
    read: (raw, folder) => {
      if (!isMapping(raw)) return fault('wrong_type', `expected ${form}`, 'none');
      const known = new Map<K, V>();
      const problems: Fault[] = [];
      for (const [key, each] of Object.entries(raw)) {
        const name = readKey(key, (other) => known.has(other));
        const found = kind.read(each, folder);
        for (const read of [name, found]) if (read.kind === 'problems') problems.push(...under(key, read.problems));
        if (name.kind === 'value' && found.kind === 'value') known.set(name.value, found.value);
      }
      return settled(problems, known);
    },
  };
}

/** The problem of a key, as opposed to its value. */
function badKey(message: string, hint = 'none'): TextReading<never> {
  return fault('bad_label', message, hint);
}

/** A name or an address, in canonical form. */
export const host: Kind<string> = scalar({
  form: 'a host name or an address',
  schema: { type: 'string', minLength: 1 },
  show: String,
  parse: (raw) => {
    const bare = parseAddress(textOf(raw));
    if (bare.kind === 'parsed') return bare.value.text;
    const read = parseHost(textOf(raw));
    return read.kind === 'malformed' || read.value.kind === 'address' ? undefined : read.value.name;
  },
});

/** A web address that holds no secret. */
export const webAddress: Kind<string> = {
  ...pattern(/^https?:\/\//, 'a web address such as https://siem.corp.example:8088/path'),
  read: (raw) => {
    const url = typeof raw === 'string' && URL.canParse(raw) ? new URL(raw) : 'invalid';
    if (url === 'invalid' || !/^https?:$/.test(url.protocol) || url.hash !== '')
      return fault('bad_value', `expected ${webAddress.form}`, 'none');
    if (url.username !== '' || url.password !== '')
      return fault('bad_value', 'the address holds a user or a password', 'use token-file');
    return { kind: 'value', value: url.href };
  },
};

const RESERVED = ['authorization', 'connection', 'content-length', 'content-type', 'host', 'transfer-encoding'];

/** The name of an HTTP header, in lower case. */
export const headerName: Kind<string> = pattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'the name of a header', (name) =>
  name.toLowerCase(),
);

/** HTTP headers, by their names in lower case. */
export const headers: Kind<ReadonlyMap<string, string>> = keyed(
  'a mapping of header names to values',
  pattern(/^[ -~]{0,4096}$/, 'printable ASCII'),
  (key) =>
    RESERVED.includes(key.toLowerCase())
      ? badKey('this header is reserved', 'name a token with token-file')
      : headerName.read(key, ''),
);
