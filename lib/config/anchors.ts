import { parseAuthority } from '../address/index.js';
import type { AnchorConfig, AnchorPlaceConfig, TlsConfig } from './config.js';
import { nearest } from './nearest.js';
import {
  allOr,
  count,
  duration,
  inside,
  isMapping,
  pathFrom,
  type Reader,
  textOf,
  type Wrong,
  wrong,
  yesOrNo,
} from './values.js';

const FORM = 'must be {name: …, use: file, syslog or http, options: {…}}';

/** Reads one anchor: `{name, use, options}`. Paths in it are taken from `folder`. Never repeats an address: it may hold a secret. */
export function anchor(folder: string): Reader<AnchorConfig> {
  return (raw) => {
    if (!isMapping(raw)) return wrong(FORM);
    const { name, use, options = {}, ...others } = raw;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) return wrong(`holds the unknown key ${unknown}; ${FORM}`);
    if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
      return wrong('name must be 1 to 32 small letters, digits and hyphens');
    }
    if (!isMapping(options)) return wrong(`options ${FORM}`);
    const taking = new Taking(options);
    const place = placeOf(use, taking, folder);
    if (place === 'no_such_use') return wrong(FORM);
    const tls = tlsOf(place, taking, folder);
    const tokenFile = use === 'http' ? taking.may('token-file', pathFrom(folder), 'none') : 'none';
    if (tokenFile !== 'none' && place.use === 'http' && !place.url.startsWith('https:')) {
      taking.wrong('token-file', 'needs an https address, or everybody on the way reads the token');
    }
    const timeoutMs = taking.may('timeout', duration(100, 120_000), 10_000);
    return allOr(inside('options', taking.finish()), { name, place, tls, tokenFile, timeoutMs });
  };
}

function placeOf(use: unknown, taking: Taking, folder: string): AnchorPlaceConfig | 'no_such_use' {
  switch (use) {
    case 'file':
      return { use, path: taking.must('path', pathFrom(folder), '') };
    case 'syslog': {
      const { host, port } = taking.must('to', endpoint, { host: '', port: 0 });
      return { use, host, port, facility: taking.may('facility', count(0, 23), LOG_AUDIT) };
    }
    case 'http':
      return { use, url: taking.must('url', address, 'http://-') };
    default:
      return 'no_such_use';
  }
}

/** RFC 5424 §6.2.1. */
const LOG_AUDIT = 13;

function tlsOf({ use }: AnchorPlaceConfig, taking: Taking, folder: string): TlsConfig | 'off' {
  if (use === 'file') return 'off';
  const path = pathFrom(folder);
  const tls = {
    caFile: taking.may('ca', path, 'none'),
    certFile: taking.may('cert', path, 'none'),
    keyFile: taking.may('key', path, 'none'),
    serverName: taking.may('server-name', serverName, 'host'),
  };
  if ((tls.certFile === 'none') !== (tls.keyFile === 'none')) taking.wrong('cert', 'and key belong together');
  // An address says itself whether it is https; syslog's does not.
  const wanted = use === 'http' || taking.may('tls', yesOrNo, false);
  if (wanted) return tls;
  if (tls.caFile !== 'none' || tls.certFile !== 'none' || tls.serverName !== 'host') {
    taking.wrong('tls', 'must be true where ca, cert, key or server-name are given');
  }
  return 'off';
}

const endpoint: Reader<{ readonly host: string; readonly port: number }> = (raw) => {
  const read = parseAuthority(textOf(raw));
  if (read.kind !== 'parsed') return wrong('must be host:port, such as logs.corp.example:6514');
  const { host, port } = read.value;
  const text = host.kind === 'name' ? host.name : host.address.text;
  return { kind: 'value', value: { host: text, port } };
};

const address: Reader<string> = (raw) => {
  const text = textOf(raw);
  const form = 'must be an address such as https://witness.corp.example/checkpoints';
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return wrong(form);
  const { username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return wrong('must hold no user and password: token-file keeps a secret');
  return hash === '' ? { kind: 'value', value: text } : wrong(form);
};

const serverName: Reader<string> = (raw) => {
  const text = textOf(raw);
  return /^[A-Za-z0-9.-]{1,253}$/.test(text) ? { kind: 'value', value: text } : wrong('must be a host name');
};

/** Takes options one by one, and keeps what is wrong with them. */
class Taking {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #known: string[] = [];
  readonly #problems: Wrong[] = [];

  constructor(options: Readonly<Record<string, unknown>>) {
    this.#options = options;
  }

  /** An option that must be there; `instead` stands in for one that is wrong, and is then never used. */
  must<T>(key: string, read: Reader<T>, instead: T): T {
    if (!Object.hasOwn(this.#options, key)) this.#problems.push({ at: [], detail: `${key} is missing` });
    return this.may(key, read, instead);
  }

  may<T>(key: string, read: Reader<T>, fallback: T): T {
    this.#known.push(key);
    if (!Object.hasOwn(this.#options, key)) return fallback;
    const found = read(this.#options[key]);
    if (found.kind === 'value') return found.value;
    this.#problems.push(...inside(key, found.problems));
    return fallback;
  }

  wrong(key: string, detail: string): void {
    this.#problems.push({ at: [key], detail });
  }

  /** Everything that is wrong, options that nobody took among it. */
  finish(): readonly Wrong[] {
    const unknown = Object.keys(this.#options).filter((key) => !this.#known.includes(key));
    const told = unknown.map((key) => {
      const near = nearest(key, this.#known);
      return { at: [key], detail: `unknown option${near === 'none' ? '' : `; did you mean ${near}?`}` };
    });
    return [...this.#problems, ...told];
  }
}
