import { resolve } from 'node:path';
import { type DomainName, formatHost, type IpAddress, parseAddress, parseHost } from '../address/index.js';
import type { Listen, LogTransport } from './config.js';

/** Where inside a value: keys and list positions, outermost first. */
type Path = readonly (string | number)[];

/** What is wrong, and what would be right: lower case, no full stop. */
export interface Wrong {
  readonly at: Path;
  readonly detail: string;
}

/** A value read, or everything that is wrong with it. */
export type Value<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'wrong'; readonly problems: readonly [Wrong, ...Wrong[]] };

/** Reads one value as it came: text from flags and environment, what YAML made of it from the file. */
export type Reader<T> = (raw: unknown) => Value<T>;

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizes = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
// setTimeout cannot wait for 25 days, and fires at once if asked to.
const longest = 24 * units.d;

/** Reads a time such as `10s`, `5m`, `1h` or `250ms`, from `least` to `most` milliseconds. */
export function duration(least: number, most: number = longest): Reader<number> {
  return (raw) => {
    const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(textOf(raw)) ?? [];
    if (count === undefined || !isIn(units, unit)) return wrong('must be a time such as 10s, 5m, 1h or 250ms');
    const ms = Number(count) * units[unit];
    if (ms < least || ms > most) return wrong(`must be from ${formatDuration(least)} to ${formatDuration(most)}`);
    return { kind: 'value', value: ms };
  };
}

/** Reads one word, or what `read` reads. */
export function orWord<const W extends string, T>(word: W, read: Reader<T>): Reader<W | T> {
  return (raw) => (raw === word ? { kind: 'value', value: word } : read(raw));
}

/** Writes a time as {@link duration} reads it, in the largest unit that keeps it exact. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(units).findLast(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** Reads a size such as `256MiB`, from `least` to `most` bytes. */
export function size(least: number, most: number): Reader<number> {
  return (raw) => {
    const [, count, unit] = /^(\d{1,6})(KiB|MiB|GiB)$/.exec(textOf(raw)) ?? [];
    if (count === undefined || !isIn(sizes, unit)) return wrong('must be a size such as 64KiB, 256MiB or 1GiB');
    const bytes = Number(count) * sizes[unit];
    if (bytes < least || bytes > most) return wrong(`must be from ${formatSize(least)} to ${formatSize(most)}`);
    return { kind: 'value', value: bytes };
  };
}

/** Writes a size as {@link size} reads it. */
export function formatSize(bytes: number): string {
  const [unit, each] = Object.entries(sizes).findLast(([, large]) => bytes % large === 0) ?? ['B', 1];
  return `${bytes / each}${unit}`;
}

/** Reads a whole number. */
export function count(least: number, most: number): Reader<number> {
  return (raw) => {
    const text = textOf(raw);
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return { kind: 'value', value: number };
    return wrong(`must be a whole number from ${least} to ${most}`);
  };
}

/** Reads one of a few words. */
export function word<const W extends string>(...words: readonly W[]): Reader<W> {
  return (raw) => {
    const found = words.find((each) => each === raw);
    return found === undefined ? wrong(`must be one of ${words.join(', ')}`) : { kind: 'value', value: found };
  };
}

/** Reads `true` or `false`. */
export const yesOrNo: Reader<boolean> = (raw) => {
  if (raw === true || raw === 'true') return { kind: 'value', value: true };
  if (raw === false || raw === 'false') return { kind: 'value', value: false };
  return wrong('must be true or false');
};

/** Reads the path of a file or folder; one that is not absolute is taken from `folder`. */
export function pathFrom(folder: string): Reader<string> {
  return (raw) =>
    typeof raw === 'string' && raw !== '' && !raw.includes('\0')
      ? { kind: 'value', value: resolve(folder, raw) }
      : wrong('must be the path of a file or folder');
}

/** Reads a list of at least `least`, each by `read`, none twice as `write` writes it. */
export function listOf<T>(read: Reader<T>, write: (value: T) => string, least: 0 | 1 = 1): Reader<readonly T[]> {
  return (raw) => {
    if (!Array.isArray(raw)) return wrong('must be a list, such as [one, other]');
    if (raw.length < least) return wrong('is an empty list: leave the key out for the default');
    const values = new Map<string, T>();
    const problems: Wrong[] = [];
    for (const [index, item] of raw.entries()) {
      const each = read(item);
      if (each.kind === 'wrong') problems.push(...inside(index, each.problems));
      else if (values.has(write(each.value))) problems.push({ at: [index], detail: 'stands there twice' });
      else values.set(write(each.value), each.value);
    }
    return allOr(problems, [...values.values()]);
  };
}

/** Reads where to listen: `127.0.0.1:3128`, `[::1]:3128`; port 0 takes a free one. */
export const listen: Reader<Listen> = (raw) => {
  const host = parseHost(textOf(raw).replace(/:\d{1,5}$/, ''));
  const port = Number(/:(\d{1,5})$/.exec(textOf(raw))?.[1] ?? -1);
  if (host.kind === 'parsed' && host.value.kind === 'address' && port >= 0 && port <= 65_535) {
    return { kind: 'value', value: { host: host.value.address.text, port } };
  }
  return wrong('must be address:port, such as 127.0.0.1:3128, 0.0.0.0:3128 or [::1]:3128');
};

/** Writes where to listen as {@link listen} reads it. */
export function formatListen({ host, port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads the address of a DNS server with an optional port, and writes it as `dns.Resolver` wants it. */
export const dnsServer: Reader<string> = (raw) => {
  const text = textOf(raw);
  const bare = parseAddress(text);
  if (bare.kind === 'parsed') return { kind: 'value', value: formatHost({ kind: 'address', address: bare.value }) };
  const withPort = listen(raw);
  if (withPort.kind === 'value' && withPort.value.port > 0)
    return { kind: 'value', value: formatListen(withPort.value) };
  return wrong('must be the address of a DNS server, such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53');
};

/** Reads the map of names that live in no DNS: `name: [address, …]`. */
export const hosts: Reader<ReadonlyMap<DomainName, readonly IpAddress[]>> = (raw) => {
  if (!isMapping(raw)) return wrong('must map names to lists of addresses');
  const known = new Map<DomainName, readonly IpAddress[]>();
  const problems: Wrong[] = [];
  for (const [key, list] of Object.entries(raw)) {
    const host = parseHost(key);
    const found = addresses(list);
    if (host.kind === 'malformed') problems.push({ at: [key], detail: host.detail });
    else if (host.value.kind === 'address') problems.push({ at: [key], detail: 'is an address; a name belongs here' });
    else if (known.has(host.value.name)) problems.push({ at: [key], detail: 'stands there twice' });
    else if (found.kind === 'value') known.set(host.value.name, found.value);
    if (found.kind === 'wrong') problems.push(...inside(key, found.problems));
  }
  return allOr(problems, known);
};

const address: Reader<IpAddress> = (raw) => {
  const read = parseAddress(textOf(raw));
  return read.kind === 'parsed'
    ? { kind: 'value', value: read.value }
    : wrong('must be an address such as 10.20.0.5 or 2001:db8::5');
};

const addresses = listOf(address, ({ text }) => text);

/** Reads one log transport: `{use: name, options: {…}}`. Never repeats an option's value: it may be a secret. */
export const transport: Reader<LogTransport> = (raw) => {
  const form = 'must be {use: console, file, http or a package, options: {…}}';
  if (!isMapping(raw)) return wrong(form);
  const { use, options = {}, ...others } = raw;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return wrong(`holds the unknown key ${unknown}; ${form}`);
  if (typeof use !== 'string' || !/^[@A-Za-z0-9][A-Za-z0-9@._/-]*$/.test(use)) return wrong(form);
  if (!isMapping(options)) return wrong(`options ${form}`);
  return { kind: 'value', value: { use, options } };
};

/** Says what is wrong with a value as a whole. */
export function wrong(detail: string): Value<never> {
  return { kind: 'wrong', problems: [{ at: [], detail }] };
}

/** Says where in a value something is wrong. */
export function inside(key: string | number, problems: readonly Wrong[]): readonly Wrong[] {
  return problems.map(({ at, detail }) => ({ at: [key, ...at], detail }));
}

function allOr<T>([first, ...rest]: readonly Wrong[], value: T): Value<T> {
  return first === undefined ? { kind: 'value', value } : { kind: 'wrong', problems: [first, ...rest] };
}

/** YAML reads `8000` as a number where flags bring text; both are read as text. Nothing else is a text. */
function textOf(raw: unknown): string {
  return typeof raw === 'string' || typeof raw === 'number' ? String(raw) : '';
}

function isIn<T extends object>(table: T, key: string | undefined): key is Extract<keyof T, string> {
  return key !== undefined && Object.hasOwn(table, key);
}

/** Whether YAML made a map of it. */
export function isMapping(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
