import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Config, UsersConfig } from './config.js';
import { readConfigFile } from './file.js';
import {
  checkLayer,
  type ConfigProblem,
  environmentSource,
  flagSource,
  type Source,
  unknownVariables,
} from './layers.js';
import type { Layer } from './schema.js';
import { settings, variableOf } from './settings.js';

/** What the configuration is read from. Nothing else is looked at. */
export interface ConfigSources {
  /** Flags that were given, by key (see `settings`). */
  readonly flags: ReadonlyMap<string, string>;
  /** What `--config` said, or `'default'`: `tidegate.yaml` in `folder`, if there is one. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder the command was given in. */
  readonly folder: string;
  /** The folder of policies that come with tidegate. */
  readonly ownPolicies: string;
  /** How many files the process may have open, or `'unknown'`. */
  readonly openFiles: number | 'unknown';
}

/** One key as it is in force, and where that came from: a flag, a variable, a place in the file, or `default`. */
export interface ConfigLine {
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/** The configuration, or everything that is wrong with it. */
export type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config; readonly lines: readonly ConfigLine[]; readonly file: string }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/** Reads flags over environment over file over defaults into one frozen value. */
export async function readConfig(sources: ConfigSources): Promise<ConfigReading> {
  const file = await chosenFile(sources);
  const texts = [environmentSource(sources.env, sources.folder), flagSource(sources.flags, sources.folder)];
  const checked = [...(file.source === 'none' ? [] : [file.source]), ...texts].map(checkLayer);
  const problems = [
    ...file.problems,
    ...checked.flatMap((each) => (each.kind === 'problems' ? each.problems : [])),
    ...unknownVariables(sources.env),
  ];
  if (problems.length > 0) return { kind: 'problems', problems };
  const layers = checked.flatMap((each) => (each.kind === 'layer' ? [each] : []));
  const said = layers.map(({ layer }) => layer).reduce(over, {});
  const origins = new Map(layers.flatMap((each) => [...each.origins]));
  const required = origins.get('users.required');
  if (required !== undefined && said.users?.file === undefined) {
    const detail = 'has no meaning without users.file: name the users file too';
    return { kind: 'problems', problems: [{ where: required, key: 'users.required', detail }] };
  }
  const config = freeze(complete(said, sources));
  const lines = settings.map(({ key, show }) => ({ key, value: show(config), from: origins.get(key) ?? 'default' }));
  return { kind: 'config', config, lines, file: file.path };
}

interface ChosenFile {
  /** The file's path, or `'none'` if there is none. */
  readonly path: string;
  readonly source: Source | 'none';
  readonly problems: readonly ConfigProblem[];
}

/** A file that was asked for must be there; the one looked for by default need not be. */
async function chosenFile({ file, env, folder }: ConfigSources): Promise<ChosenFile> {
  const variable = env[variableOf('config')];
  const asked = file === 'default' ? (variable ?? 'default') : file;
  const path = resolve(folder, asked === 'default' ? 'tidegate.yaml' : asked);
  const read = await readConfigFile(path, nameOf(path, folder));
  if (read.kind === 'file') return { path, source: read.source, problems: [] };
  if (read.kind === 'problems') return { path, source: 'none', problems: read.problems };
  if (asked === 'default') return { path: 'none', source: 'none', problems: [] };
  const where = file === 'default' ? variableOf('config') : '--config';
  return { path, source: 'none', problems: [{ where, key: 'none', detail: `there is no file ${path}` }] };
}

/** The path as a person standing in `folder` would write it. */
function nameOf(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}

function over(below: Layer, above: Layer): Layer {
  return {
    ...below,
    ...above,
    users: { ...below.users, ...above.users },
    dns: { ...below.dns, ...above.dns },
    limits: { ...below.limits, ...above.limits },
    timeouts: { ...below.timeouts, ...above.timeouts },
    shutdown: { ...below.shutdown, ...above.shutdown },
    journal: { ...below.journal, ...above.journal },
    metrics: { ...below.metrics, ...above.metrics },
    log: { ...below.log, ...above.log },
  };
}

/** Puts the defaults where nothing was said. */
function complete(said: Layer, { folder, ownPolicies, openFiles }: ConfigSources): Config {
  const { dns = {}, limits = {}, timeouts = {}, journal = {}, log = {} } = said;
  const state = said.state ?? join(folder, 'var');
  const connections = limits.connections ?? defaultConnections(openFiles);
  return {
    listen: said.listen ?? [{ host: '127.0.0.1', port: 3128 }],
    policies: said.policies ?? ownPolicies,
    state,
    users: usersOf(said.users ?? {}),
    hosts: said.hosts ?? new Map(),
    dns: { servers: dns.servers ?? 'system', timeoutMs: dns.timeout ?? 4_000, cache: dns.cache ?? 10_000 },
    limits: {
      connections,
      connectionsPerClient: limits['connections-per-client'] ?? Math.min(2_000, connections),
    },
    timeouts: {
      headMs: timeouts.head ?? 10_000,
      dialMs: timeouts.dial ?? 6_000,
      answerMs: timeouts.answer ?? 11_000,
      responseMs: timeouts.response ?? 300_000,
      idleMs: timeouts.idle ?? 75_000,
      tunnelIdleMs: timeouts['tunnel-idle'] ?? 'never',
      halfClosedMs: timeouts['half-closed'] ?? 60_000,
      helloMs: timeouts.hello ?? 5_000,
      handshakeMs: timeouts.handshake ?? 30_000,
      probeMs: timeouts.probe ?? 5_000,
      probeMemoryMs: timeouts['probe-memory'] ?? 300_000,
      stalledMs: timeouts.stalled ?? 60_000,
    },
    progressMs: said.progress ?? 300_000,
    drainMs: said.shutdown?.drain ?? 60_000,
    revocation: said.revocation ?? 'close',
    journal: {
      folder: join(state, 'journal'),
      keyFile: journal.key ?? join(state, 'journal.key'),
      segmentBytes: journal.segment ?? 64 * 2 ** 20,
      compress: journal.compress ?? true,
      keepMs: journal['keep-for'] ?? 'always',
      keepBytes: journal['keep-size'] ?? 'unlimited',
      reserveBytes: journal.reserve === 'none' ? 0 : (journal.reserve ?? 16 * 2 ** 20),
    },
    anchors: said.anchors ?? [],
    metrics: { listen: said.metrics?.listen ?? 'off' },
    sinks: said.sinks ?? [],
    log: { level: log.level ?? 'info', format: log.format ?? 'auto', transports: log.transports ?? [] },
  };
}

function usersOf({ file, required }: NonNullable<Layer['users']>): UsersConfig {
  return file === undefined ? { kind: 'off' } : { kind: 'file', path: file, required: required ?? true };
}

/** A tunnel takes two files; the rest is left to the journal, DNS and what else the process holds open. */
function defaultConnections(openFiles: number | 'unknown'): number {
  return openFiles === 'unknown' ? 8_000 : Math.max(1, Math.min(8_000, Math.floor(openFiles * 0.45)));
}

function freeze(config: Config): Config {
  for (const part of Object.values(config)) Object.freeze(part);
  return Object.freeze(config);
}
