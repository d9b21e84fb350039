import { type DomainName, formatHost, type IpAddress, parseAddress, parseHost } from '../address/index.js';
import { type Fault, fault } from '../text/index.js';
import { isMapping } from './fields.js';
import { type Kind, list, pattern, scalar, settled, under } from './kinds.js';

/** The address and port of a listener; port 0 takes a free one. */
export interface Listen {
  /** An address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where to listen, as `127.0.0.1:3128` or `[::1]:3128`. */
export const listener: Kind<Listen> = scalar({
  form: 'an address and a port',
  hint: 'write it like 127.0.0.1:3128, 0.0.0.0:3128 or [::1]:3128',
  schema: { type: 'string', pattern: ':\\d{1,5}$' },
  show: formatListen,
  parse: (text) => {
    const host = parseHost(text.replace(/:\d{1,5}$/, ''));
    const port = Number(/:(\d{1,5})$/.exec(text)?.[1] ?? -1);
    const isAddress = host.kind === 'parsed' && host.value.kind === 'address' && port >= 0 && port <= 65_535;
    return isAddress ? { value: { host: host.value.address.text, port } } : 'invalid';
  },
});

/** Writes a listener as {@link listener} reads it. */
export function formatListen({ host, port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of a DNS server with an optional port, in the form of `dns.Resolver`. */
export const dnsServer: Kind<string> = scalar({
  form: 'the address of a DNS server',
  hint: 'write it like 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53',
  schema: { type: 'string' },
  show: String,
  parse: (text, folder) => {
    const bare = parseAddress(text);
    if (bare.kind === 'parsed') return { value: formatHost({ kind: 'address', address: bare.value }) };
    const found = listener.read(text, folder);
    return found.kind === 'value' && found.value.port > 0 ? { value: formatListen(found.value) } : 'invalid';
  },
});

const address: Kind<IpAddress> = scalar({
  form: 'an address',
  hint: 'write it like 10.20.0.5 or 2001:db8::5',
  schema: { type: 'string' },
  show: ({ text }) => text,
  parse: (text) => {
    const read = parseAddress(text);
    return read.kind === 'parsed' ? { value: read.value } : 'invalid';
  },
});

const addresses = list(address);

/** Addresses of names that are in no DNS: `name: [address, …]`. */
export const hosts: Kind<ReadonlyMap<DomainName, readonly IpAddress[]>> = {
  form: 'a mapping of names to lists of addresses',
  schema: { type: 'object', additionalProperties: addresses.schema },
  text: 'file_only',
  show: (known) => (known.size === 0 ? 'none' : [...known.keys()].join(', ')),
  read: (raw, folder) => {
    if (!isMapping(raw)) return fault('wrong_type', `expected ${hosts.form}`, 'none');
    const known = new Map<DomainName, readonly IpAddress[]>();
    const problems: Fault[] = [];
    for (const [key, each] of Object.entries(raw)) {
      const host = parseHost(key);
      const found = addresses.read(each, folder);
      if (host.kind === 'malformed') problems.push(...badKey(key, host.detail));
      else if (host.value.kind === 'address') problems.push(...badKey(key, 'expected a name, found an address'));
      else if (known.has(host.value.name)) problems.push(...badKey(key, 'duplicate name'));
      else if (found.kind === 'value') known.set(host.value.name, found.value);
      if (found.kind === 'problems') problems.push(...under(key, found.problems));
    }
    return settled(problems, known);
  },
};

/** The problem of a key, as opposed to its value. */
function badKey(key: string, message: string, hint = 'none'): readonly Fault[] {
  return under(key, fault('bad_label', message, hint).problems);
}

/** A name or an address, in canonical form. */
export const host: Kind<string> = scalar({
  form: 'a host name or an address',
  schema: { type: 'string', minLength: 1 },
  show: String,
  parse: (text) => {
    const bare = parseAddress(text);
    if (bare.kind === 'parsed') return { value: bare.value.text };
    const read = parseHost(text);
    return read.kind === 'malformed' || read.value.kind === 'address' ? 'invalid' : { value: read.value.name };
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

/** The name of an HTTP header. */
export const headerName: Kind<string> = pattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'the name of a header');

const headerValue = pattern(/^[ -~]{0,4096}$/, 'printable ASCII');

/** HTTP headers, by their names in lower case. */
export const headers: Kind<Readonly<Record<string, string>>> = {
  form: 'a mapping of header names to values',
  schema: { type: 'object', additionalProperties: headerValue.schema },
  text: 'file_only',
  show: (given) => Object.keys(given).join(', ') || 'none',
  read: (raw, folder) => {
    if (!isMapping(raw)) return fault('wrong_type', `expected ${headers.form}`, 'none');
    const read = new Map<string, string>();
    const problems: Fault[] = [];
    for (const [key, each] of Object.entries(raw)) {
      const name = headerName.read(key, folder);
      const value = headerValue.read(each, folder);
      if (name.kind === 'problems') problems.push(...under(key, name.problems));
      if (value.kind === 'problems') problems.push(...under(key, value.problems));
      else read.set(key.toLowerCase(), value.value);
      if (RESERVED.includes(key.toLowerCase()))
        problems.push(...badKey(key, 'this header is reserved', 'name a token with token-file'));
    }
    return settled(problems, Object.fromEntries(read));
  },
};
