import type { DomainName } from '../../address/index.js';
import type { AllowRule, DenyRule } from '../language/index.js';

/**
 * The number of a list of ranges. Every list of the policy files (addresses of a rule, its `resolves-to`, a policy's
 * networks …) goes into one range table, which answers for an address: it is in lists 3, 17 and 40. Equal lists share
 * a number.
 */
export type ListNumber = number | 'none';

/** The hosts that a list of patterns covers: names, everything under suffixes, and ranges. */
export interface HostSet {
  readonly names: readonly DomainName[];
  readonly suffixes: readonly DomainName[];
  readonly ranges: ListNumber;
}

/** The summary of one policy file, for start-up text and status. */
export interface PolicySummary {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  readonly rules: number;
  readonly denies: number;
}

/** A policy without its rules. */
export interface CompiledPolicy extends PolicySummary {
  readonly users: readonly string[] | 'every';
  readonly networks: number | 'every';
}

/** An `allow` rule, its patterns compiled. `policy` is the index of its policy. */
export interface CompiledRule extends Omit<AllowRule, 'to' | 'except' | 'resolvesTo'> {
  readonly policy: number;
  readonly to: HostSet;
  readonly except: HostSet | 'none';
  readonly resolvesTo: ListNumber;
}

/** A `deny` entry, its patterns compiled. `policy` is the index of its policy. */
export interface CompiledDeny extends Omit<DenyRule, 'to'> {
  readonly policy: number;
  readonly to: HostSet;
}
