import type { IpRange } from '../../address/index.js';
import { DAY_MS } from '../../system/values/index.js';
import type { Problem, ProblemCode, PathStep, Tree } from '../../text/index.js';
import { suffixKind, type HostEntry } from '../values/index.js';
import { coverOf, type Covers } from './coverage.js';
import type { AllowRule, PolicyDocument } from './document.js';
import type { PolicyFile } from './schema.js';
import { hasPins, Unpinned } from './unpinned.js';

/** A file whose every part was understood. */
export interface ReadFile {
  readonly tree: Tree;
  readonly policy: PolicyFile;
}

const NOTICE_DAYS = 30;

/** Warnings: rules that end soon or never apply, pins that have no effect, and patterns wider than they seem. */
export function warningsOf(
  files: readonly ReadFile[],
  documents: readonly PolicyDocument[],
  today: string,
): readonly Problem[] {
  const forEveryone = documents.filter(({ clients }) => clients.users === 'every' && clients.networks === 'every');
  const unpinned = new Unpinned(documents);
  const everyone = denyCover(forEveryone);
  const documentIn = new Map(documents.map((document) => [document.file, document]));
  return files.flatMap((file) => {
    const document = documentIn.get(file.tree.file);
    const ofRules = document === undefined ? [] : ruleWarnings(document, today, unpinned, everyone);
    return [...widthWarnings(file.policy), ...ofRules].map(({ code, path, message, hint }): Problem => {
      const { tree } = file;
      return { severity: 'warning', code, file: tree.file, position: tree.positionOf(path), message, hint };
    });
  });
}

/** A warning about a part of one file. */
interface Warning extends Pick<Problem, 'code' | 'message' | 'hint'> {
  readonly path: readonly PathStep[];
}

function ruleWarnings(document: PolicyDocument, today: string, unpinned: Unpinned, everyone: Covers): Warning[] {
  // Deny entries hold for the clients of their file: those of another file may not be these.
  const own = denyCover([document]);
  const denied: Covers = (pattern) => everyone(pattern) || own(pattern);
  const found: Warning[] = [];
  for (const [index, rule] of document.allow.entries()) {
    const warn: Warn = (path, code, message, hint) => {
      found.push({ code, path: ['allow', index, ...path], message, hint });
    };
    warnOfExpiry(rule, today, warn);
    warnOfNoEffect(rule, denied, warn);
    warnOfPins(rule, unpinned.coverFor(rule, document), warn);
  }
  return found;
}

type Warn = (path: readonly PathStep[], code: ProblemCode, message: string, hint: string) => void;

function warnOfExpiry({ id, terms: { expires } }: AllowRule, today: string, warn: Warn): void {
  if (expires === 'never') return;
  if (expires < today) {
    warn(['expires'], 'expired', `rule "${id}" expired on ${expires}`, 'remove it, or give it a later day');
    return;
  }
  const left = Math.round((Date.parse(expires) - Date.parse(today)) / DAY_MS);
  if (left > NOTICE_DAYS) return;
  const when = left === 0 ? 'today' : left === 1 ? 'tomorrow' : `in ${left} days`;
  const hint = 'give it a later day if it is still needed';
  warn(['expires'], 'expires_soon', `the last day of rule "${id}" is ${when}`, hint);
}

function warnOfNoEffect({ id, to, resolvesTo }: AllowRule, denied: Covers, warn: Warn): void {
  if (resolvesTo.length > 0 && to.every(({ kind }) => kind === 'range')) {
    const message = `"resolves-to" is about names, and rule "${id}" lists only addresses`;
    warn(['resolves-to'], 'no_effect', message, 'remove it');
  }
  if (to.length > 0 && to.every(denied)) {
    const message = `everything that rule "${id}" allows is denied by deny entries, which always win`;
    warn(['to'], 'shadowed', message, 'remove the rule, or narrow the deny entry');
  }
}

function warnOfPins(rule: AllowRule, unpinned: Covers | 'none', warn: Warn): void {
  const { id, to, traffic } = rule;
  for (const [entry, { form }] of traffic.hostKeys.entries()) {
    if (form === 'sha256') continue;
    const message = `an MD5 fingerprint in rule "${id}": keys can be made that share one`;
    const hint = 'list the SHA256 fingerprint: "tidegate probe HOST:22" and "ssh-keygen -lf KEY.pub" show it';
    warn(['host-keys', entry], 'weak_pin', message, hint);
  }
  if (traffic.unverifiable === 'allow' && hasPins(rule) && !traffic.observes) {
    const isSsh = rule.terms.protocol === 'ssh';
    const hidden = isSsh ? 'host key' : 'certificate';
    const message = `rule "${id}" accepts unverifiable peers, so its pins can be bypassed by hiding the ${hidden}`;
    const hint = isSsh ? 'write deny' : 'write probe, to have the Tentacle probed, or deny';
    warn(['unverifiable'], 'unseen_pin', message, hint);
  }
  if (unpinned !== 'none' && to.every(unpinned)) {
    const message = `the pins of rule "${id}" have no effect: other rules allow the same hosts without pins`;
    const hint = 'any one rule that holds is enough: list these hosts in one rule only';
    warn(['to'], 'pins_undone', message, hint);
  }
}

function widthWarnings({ allow = [], groups = {} }: PolicyFile): readonly Warning[] {
  return [
    ...allow.flatMap((rule, index) => [
      ...wide(rule.to, ['allow', index, 'to']),
      ...(rule['resolves-to'] ?? []).flatMap((range, at) => wideRange(range, ['allow', index, 'resolves-to', at])),
    ]),
    ...Object.entries(groups).flatMap(([name, members]) => wide(members, ['groups', name])),
  ];
}

function wide(entries: readonly HostEntry[], path: readonly PathStep[]): readonly Warning[] {
  return entries.flatMap((entry, index): readonly Warning[] => {
    const at = [...path, index];
    if (entry.kind === 'range') return wideRange(entry.range, at);
    if (entry.kind === 'name' && !entry.name.includes('.')) return [shortName(entry.name, at)];
    if (entry.kind !== 'under' || suffixKind(entry.suffix) !== 'shared') return [];
    const message = `"*.${entry.suffix}" covers names of every customer of that service`;
    return [{ code: 'shared_suffix', path: at, message, hint: 'list your own names below it where you can' }];
  });
}

function shortName(name: string, path: readonly PathStep[]): Warning {
  const message = `"${name}" is a short name: search domains and /etc/hosts are not used, so DNS must know it as it stands`;
  return { code: 'short_name', path, message, hint: 'write it in full, or list it under "hosts" in the configuration' };
}

function wideRange({ family, text }: IpRange, path: readonly PathStep[]): readonly Warning[] {
  if (!text.endsWith('/0')) return [];
  const message = `"${text}" is every IPv${family} address, private and special ones too`;
  return [{ code: 'every_address', path, message, hint: 'list the ranges that are meant' }];
}

/** Whether deny entries that hold for every port cover all of a pattern. */
function denyCover(documents: readonly PolicyDocument[]): Covers {
  const entries = documents.flatMap(({ deny }) => deny.filter(({ ports }) => ports === 'every'));
  return coverOf(entries.flatMap(({ to }) => to));
}
