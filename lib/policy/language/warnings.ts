import type { IpRange } from '../../address/index.js';
import { DAY_MS } from '../../system/values/index.js';
import type { Problem, ProblemCode, Step, Tree } from '../../text/index.js';
import { suffixKind, type Entry, type Pattern } from '../values/index.js';
import type { AllowRule, PolicyDocument } from './document.js';
import type { PolicyFile } from './schema.js';

/** A file whose every part was understood. */
export interface ReadFile {
  readonly tree: Tree;
  readonly policy: PolicyFile;
}

const NOTICE_DAYS = 30;

/** Finds what loads but deserves a look: rules that end soon or never apply, and patterns wider than they seem. */
export function warningsOf(
  files: readonly ReadFile[],
  documents: readonly PolicyDocument[],
  today: string,
): readonly Problem[] {
  const everyone = denyCover(
    documents.filter(({ clients }) => clients.users === 'every' && clients.networks === 'every'),
  );
  const documentIn = new Map(documents.map((document) => [document.file, document]));
  const unpinned = new Unpinned(documents);
  return files.flatMap((file) => {
    const document = documentIn.get(file.tree.file);
    const rules = document?.allow ?? [];
    // Deny entries hold for the clients of their file: those of another file may not be these.
    const own = denyCover(document === undefined ? [] : [document]);
    const covers = (pattern: Pattern): boolean => everyone(pattern) || own(pattern);
    return [
      ...rules.flatMap((rule, index) => [
        ...expiryWarning(file, rule, index, today),
        ...effectWarnings(file, rule, index),
        ...shadowWarning(file, rule, index, covers),
        ...pinWarnings(file, rule, index),
        ...undoneWarning(file, rule, index, document === undefined ? 'none' : unpinned.coverFor(rule, document)),
      ]),
      ...widthWarnings(file),
    ];
  });
}

function warning({ tree }: ReadFile, code: ProblemCode, path: readonly Step[], message: string, hint: string): Problem {
  return { severity: 'warning', code, file: tree.file, position: tree.positionOf(path), message, hint };
}

function expiryWarning(file: ReadFile, { id, expires }: AllowRule, index: number, today: string): readonly Problem[] {
  if (expires === 'never') return [];
  const path = ['allow', index, 'expires'];
  if (expires < today)
    return [warning(file, 'expired', path, `rule "${id}" expired on ${expires}`, 'remove it, or give it a later day')];
  const left = Math.round((Date.parse(expires) - Date.parse(today)) / DAY_MS);
  if (left > NOTICE_DAYS) return [];
  const when = left === 0 ? 'today' : left === 1 ? 'tomorrow' : `in ${left} days`;
  return [
    warning(
      file,
      'expires_soon',
      path,
      `rule "${id}" allows for the last time ${when}`,
      'give it a later day if it is still needed',
    ),
  ];
}

function effectWarnings(file: ReadFile, rule: AllowRule, index: number): readonly Problem[] {
  if (rule.resolvesTo.length === 0 || rule.to.some(({ kind }) => kind !== 'range')) return [];
  const message = `"resolves-to" speaks of names, and rule "${rule.id}" lists only addresses`;
  return [warning(file, 'no_effect', ['allow', index, 'resolves-to'], message, 'remove it')];
}

function shadowWarning(
  file: ReadFile,
  rule: AllowRule,
  index: number,
  covers: (pattern: Pattern) => boolean,
): readonly Problem[] {
  if (rule.to.length === 0 || !rule.to.every(covers)) return [];
  const message = `everything that rule "${rule.id}" allows is denied by deny entries, which always win`;
  return [warning(file, 'shadowed', ['allow', index, 'to'], message, 'remove the rule, or narrow the deny entry')];
}

/** Whether the rule wants to know who the ends of its tunnels are. */
function hasPins({ thumbprints, clientThumbprints, hostKeys }: AllowRule): boolean {
  return thumbprints.length + clientThumbprints.length + hostKeys.length > 0;
}

function pinWarnings(file: ReadFile, rule: AllowRule, index: number): readonly Problem[] {
  const weak = rule.hostKeys.flatMap(({ form }, entry) => {
    if (form === 'sha256') return [];
    const message = `an MD5 fingerprint in rule "${rule.id}": keys can be made that share one`;
    const hint = 'list the SHA256 fingerprint: "tidegate probe HOST:22" and "ssh-keygen -lf KEY.pub" show it';
    return [warning(file, 'weak_pin', ['allow', index, 'host-keys', entry], message, hint)];
  });
  if (rule.unverifiable !== 'allow' || !hasPins(rule) || rule.observes) return weak;
  const message = `rule "${rule.id}" lets through what hides who it is: whoever wants to get past its pins need only hide`;
  const hint =
    rule.protocol === 'tentacle' ? 'write probe, so that tidegate asks the Tentacle itself, or deny' : 'write deny';
  return [...weak, warning(file, 'unseen_pin', ['allow', index, 'unverifiable'], message, hint)];
}

type Covers = (pattern: Pattern) => boolean;

/** What rules without pins lead to, by the ports and addresses they lead to: any one rule that holds is enough (law 6). */
class Unpinned {
  readonly #rules = new Map<string, AllowRule[]>();
  readonly #covers = new Map<string, Covers>();
  readonly #everyone: ReadonlySet<string>;

  constructor(documents: readonly PolicyDocument[]) {
    const everyone = documents.filter(({ clients }) => clients.users === 'every' && clients.networks === 'every');
    this.#everyone = new Set(everyone.map(({ name }) => name));
    for (const rule of documents.flatMap(({ allow }) => allow)) {
      if (hasPins(rule) || rule.protocol === 'http' || rule.except.length > 0 || rule.expires !== 'never') continue;
      for (const scope of [rule.policy, ...(this.#everyone.has(rule.policy) ? [''] : [])])
        for (const key of keysOf(rule, scope)) {
          const rules = this.#rules.get(key) ?? [];
          rules.push(rule);
          this.#rules.set(key, rules);
        }
    }
  }

  /** Says whether rules that hold for the same clients lead to a pattern on the rule's ports without pins. */
  coverFor(rule: AllowRule, { name }: PolicyDocument): Covers | 'none' {
    if (!hasPins(rule) || rule.observes) return 'none';
    const keys = [name, ''].flatMap((scope) => keysOf(rule, scope));
    const covers = keys.flatMap((key) => (this.#rules.has(key) ? [this.#coverOf(key)] : []));
    return covers.length === 0 ? 'none' : (pattern) => covers.some((covered) => covered(pattern));
  }

  #coverOf(key: string): Covers {
    const made = this.#covers.get(key) ?? coverOf((this.#rules.get(key) ?? []).flatMap(({ to }) => to));
    this.#covers.set(key, made);
    return made;
  }
}

/** One key for each kind of traffic that the rule takes: TLS and SSH, or both. */
function keysOf({ protocol, ports, resolvesTo }: AllowRule, scope: string): readonly string[] {
  const traffic = protocol === 'any' ? ['tls', 'ssh'] : [protocol === 'ssh' ? 'ssh' : 'tls'];
  return traffic.map((one) => JSON.stringify([scope, one, ports, resolvesTo.map(({ text }) => text)]));
}

function undoneWarning(file: ReadFile, rule: AllowRule, index: number, covers: Covers | 'none'): readonly Problem[] {
  if (covers === 'none' || !rule.to.every(covers)) return [];
  const message = `the pins of rule "${rule.id}" keep nothing out: other rules lead to the same hosts and pin nothing`;
  const hint = 'any one rule that holds is enough: give these hosts to one rule only';
  return [warning(file, 'pins_undone', ['allow', index, 'to'], message, hint)];
}

function widthWarnings(file: ReadFile): readonly Problem[] {
  const { policy } = file;
  return [
    ...(policy.allow ?? []).flatMap((rule, index) => [
      ...wide(file, rule.to, ['allow', index, 'to']),
      ...wideRanges(file, rule['resolves-to'] ?? [], ['allow', index, 'resolves-to']),
    ]),
    ...Object.entries(policy.groups ?? {}).flatMap(([name, members]) => wide(file, members, ['groups', name])),
  ];
}

function wide(file: ReadFile, entries: readonly Entry[], path: readonly Step[]): readonly Problem[] {
  return entries.flatMap((entry, index) => {
    if (entry.kind === 'range') return wideRange(file, entry.range, [...path, index]);
    if (entry.kind !== 'under' || suffixKind(entry.suffix) !== 'shared') return [];
    const message = `"*.${entry.suffix}" covers names of every customer of that service`;
    return [warning(file, 'shared_suffix', [...path, index], message, 'list your own names below it where you can')];
  });
}

function wideRanges(file: ReadFile, ranges: readonly IpRange[], path: readonly Step[]): readonly Problem[] {
  return ranges.flatMap((range, index) => wideRange(file, range, [...path, index]));
}

function wideRange(file: ReadFile, { family, text }: IpRange, path: readonly Step[]): readonly Problem[] {
  if (!text.endsWith('/0')) return [];
  const message = `"${text}" is every IPv${family} address, private and special ones too`;
  return [warning(file, 'every_address', path, message, 'list the ranges that are meant')];
}

/** Says whether deny entries that hold for every port cover all of a pattern. */
function denyCover(documents: readonly PolicyDocument[]): (pattern: Pattern) => boolean {
  return coverOf(
    documents.flatMap(({ deny }) => deny.filter(({ ports }) => ports === 'every').flatMap(({ to }) => to)),
  );
}

/** Says whether a pattern is covered by one of these, or by neighbouring ranges of them. */
function coverOf(patterns: readonly Pattern[]): (pattern: Pattern) => boolean {
  const names = new Set(patterns.flatMap((pattern) => (pattern.kind === 'name' ? [pattern.name] : [])));
  const suffixes = new Set<string>(patterns.flatMap((pattern) => (pattern.kind === 'under' ? [pattern.suffix] : [])));
  const ranges = patterns.flatMap((pattern) => (pattern.kind === 'range' ? [pattern.range] : []));
  const blocks = {
    4: merged(ranges.filter(({ family }) => family === 4)),
    6: merged(ranges.filter(({ family }) => family === 6)),
  };
  return (pattern) => {
    if (pattern.kind === 'range') return withinOne(blocks[pattern.range.family], pattern.range);
    if (pattern.kind === 'name')
      return names.has(pattern.name) || parents(pattern.name).some((parent) => suffixes.has(parent));
    return suffixes.has(pattern.suffix) || parents(pattern.suffix).some((parent) => suffixes.has(parent));
  };
}

function parents(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}

interface Block {
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** Sorts ranges of one family and joins those that overlap. */
function merged(ranges: readonly IpRange[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = blocks.at(-1);
    if (before === undefined || first > before.last) blocks.push({ first, last });
    else if (last > before.last) blocks[blocks.length - 1] = { first: before.first, last };
  }
  return blocks;
}

function withinOne(blocks: readonly Block[], range: Block): boolean {
  let low = 0;
  let high = blocks.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const block = blocks[middle];
    if (block === undefined) return false;
    if (range.first < block.first) high = middle - 1;
    else if (range.first > block.last) low = middle + 1;
    else return range.last <= block.last;
  }
  return false;
}
