import { parse as parseSuffix } from 'tldts';
import { parseAddress, parseHost, parseRange, rangeOf, type DomainName, type IpRange } from '../../address/index.js';
import { fault, mapReading, quoted, type TextProblems, type TextReading } from '../../text/index.js';

/** One thing a rule covers: a name, everything under a name (`*.d`, never `d` itself: rule A12), or a range of addresses. */
export type Pattern =
  | { readonly kind: 'name'; readonly name: DomainName }
  | { readonly kind: 'under'; readonly suffix: DomainName }
  | { readonly kind: 'range'; readonly range: IpRange };

/** A pattern that a server name of TLS can match: names only, since TLS knows no others. */
export type ServerNamePattern = Exclude<Pattern, { readonly kind: 'range' }>;

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a pattern of `to` or `except`: a host name, `*.` and a name, an IP address or a range in CIDR form. One spelling
 * only: lower-case ASCII, no trailing dot, no brackets, no port. Common mistakes get their own hints.
 */
export function readPattern(text: string): TextReading<Pattern> {
  const pasted = readPasted(text);
  if (pasted !== 'none') return pasted;
  if (text.includes('*')) return readWildcard(text);
  if (looksLikeAddress(text)) return mapReading(readRange(text), (range) => ({ kind: 'range', range }));
  return mapReading(readName(text), (name) => ({ kind: 'name', name }));
}

/** Reads an IP address or a range in CIDR form. Host bits are an error that names the range most likely meant. */
export function readRange(text: string): TextReading<IpRange> {
  if (!text.includes('/')) {
    const address = parseAddress(text);
    if (address.kind === 'parsed') return { kind: 'value', value: rangeOf(address.value) };
    const hint = 'write 10.0.0.7, 10.0.0.0/16 or 2001:db8::/32';
    return fault('bad_range', `${quoted(text)} is not an IP address: ${address.detail}`, hint);
  }
  const range = parseRange(text);
  if (range.kind === 'parsed') return { kind: 'value', value: range.value };
  if (range.kind === 'host_bits')
    return fault('host_bits', `${quoted(text)} has bits set after its prefix`, `write ${range.corrected.text}`);
  return fault('bad_range', `${quoted(text)} is not a range: ${range.detail}`, 'write 10.0.0.0/16 or 2001:db8::/32');
}

/** Reads `443` or `"8000-8100"`. */
export function readPorts(value: unknown): TextReading<PortRange> {
  if (typeof value === 'number') {
    if (isPort(value)) return { kind: 'value', value: { first: value, last: value } };
    return fault('bad_port', `${value} is not a port`, 'ports are 1 to 65535');
  }
  const hint = 'write 443, or "8000-8100" for a range';
  if (typeof value !== 'string') return fault('bad_port', 'neither a port nor a range of ports', hint);
  if (/^\d+$/.test(value))
    return fault('bad_port', `${quoted(value)} is text`, `write ${Number(value)} without quotes`);
  const [, from, to] = /^([1-9]\d{0,4})-([1-9]\d{0,4})$/.exec(value) ?? [];
  const first = Number(from);
  const last = Number(to);
  if (!isPort(first) || !isPort(last)) return fault('bad_port', `${quoted(value)} is not a range of ports`, hint);
  if (first > last) return fault('bad_port', `${quoted(value)} ends before it starts`, `write "${last}-${first}"`);
  return { kind: 'value', value: { first, last } };
}

/** Whose names a suffix holds: `public` (anybody may register there), `shared` (customers of one service), or one owner's. */
export function suffixKind(suffix: DomainName): 'public' | 'shared' | 'owned' {
  const { publicSuffix, isIcann, isPrivate } = parseSuffix(suffix, {
    allowPrivateDomains: true,
    extractHostname: false,
    validateHostname: false,
    detectIp: false,
  });
  if (publicSuffix !== suffix) return 'owned';
  if (isIcann === true) return 'public';
  return isPrivate === true ? 'shared' : 'owned';
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}

function looksLikeAddress(text: string): boolean {
  return text.includes(':') || text.includes('/') || /(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(text);
}

function badHost(text: string, what: string, hint: string): TextProblems {
  return fault('bad_host', `${quoted(text)} ${what}`, hint);
}

/** Twice the longest name, so that a pasted URL still gets its own hint. What is longer is not examined. */
const LONGEST_HOST = 512;

/** Texts that are not a host but hold one. */
function readPasted(text: string): TextProblems | 'none' {
  if (text === '') return fault('bad_host', 'host is empty', 'remove it');
  if (text.length > LONGEST_HOST) return badHost(text, 'is not a host', 'a host name has at most 253 characters');
  if (/[\s,;]/.test(text)) return badHost(text, 'holds a blank or comma', 'one host to a list entry, without blanks');
  const [, host = ''] = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(text) ?? [];
  if (text.includes('://')) {
    const hint = host === '' ? 'write the host only' : `write the host only: ${host}`;
    return badHost(text, 'is a URL, not a host', `${hint}; ports and paths have their own keys`);
  }
  if (/^\[.*\]/.test(text))
    return badHost(text, 'is in brackets', 'write an IPv6 address without brackets, and its port in ports');
  const [, name, port = ''] = /^([^:/]+):(\d+)$/.exec(text) ?? [];
  if (name !== undefined) return badHost(text, 'holds a port', `write ${name} here and ${port} in ports`);
  const [, before, path = ''] = /^([^/]*[a-z*][^/:]*)(\/.*)$/i.exec(text) ?? [];
  if (before === undefined || /^[\da-f:.]+\/\d*$/i.test(text)) return 'none';
  return badHost(text, 'holds a path', `write ${before} here; an http rule can name ${path} in paths`);
}

function readWildcard(text: string): TextReading<Pattern> {
  if (text === '*')
    return fault('bad_wildcard', '"*" would mean every name', 'name the domains, such as "*.example.com"');
  if (!text.startsWith('*.') || text.slice(2).includes('*')) {
    const hint = 'a wildcard is "*." in front of a name, and stands for one or more labels: "*.example.com"';
    return fault('bad_wildcard', `${quoted(text)} has its * in the wrong place`, hint);
  }
  const suffix = text.slice(2);
  if (looksLikeAddress(suffix))
    return fault('bad_wildcard', `${quoted(text)} puts a wildcard on an address`, 'write a range such as 10.0.0.0/16');
  return mapReading(readName(suffix), (name) => ({ kind: 'under', suffix: name }));
}

function readName(text: string): TextReading<DomainName> {
  if (/[^\u0000-\u007f]/u.test(text)) {
    const hint = `write its ASCII form, which starts with xn-- (node -p "url.domainToASCII('NAME')" prints it), and keep this one as a comment`;
    return badHost(text, 'has letters outside ASCII', hint);
  }
  if (text.startsWith('.')) return badHost(text, 'starts with a dot', `write "*${text}" for everything under it`);
  if (text.endsWith('.')) return badHost(text, 'ends with a dot', `write ${text.replace(/\.+$/, '')}`);
  if (/[A-Z]/.test(text)) return badHost(text, 'has capital letters', `write ${text.toLowerCase()}`);
  const host = parseHost(text);
  if (host.kind === 'malformed') return badHost(text, `is not a host name: ${host.detail}`, 'none');
  if (host.value.kind === 'address') return badHost(text, 'is an address, not a name', 'none');
  return { kind: 'value', value: host.value.name };
}
