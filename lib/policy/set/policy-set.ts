import type { RangeTable } from '../../address/index.js';
import type { ClientIndex } from './client-index.js';
import type { HostIndex } from './host-index.js';
import type { PolicySummary } from './rows.js';
import type { DenyEntry, Rule } from './rule.js';

/** What the judge looks things up in. Nothing is added once a set is made of it. */
export interface Tables {
  readonly ranges: RangeTable;
  /** The lists of ranges as text, by number: for explanations. */
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
  readonly hosts: Pick<HostIndex, 'find'>;
  readonly clients: Pick<ClientIndex, 'find' | 'namesNetworks'>;
}

/**
 * Everything a judge needs, compiled and immutable. Made by the policy room only; other rooms read the summary and hand
 * it back. `revision` names the exact content judged by (a content hash).
 */
export class PolicySet {
  readonly revision: string;
  readonly policies: readonly PolicySummary[];
  readonly ruleCount: number;
  readonly #tables: Tables;

  constructor(revision: string, policies: readonly PolicySummary[], tables: Tables) {
    this.revision = revision;
    this.policies = policies;
    this.ruleCount = tables.rules.length;
    this.#tables = tables;
  }

  /** The tables of a policy set. For the rooms of policy only: its door gives out the type of this class only. */
  static tables(policy: PolicySet): Tables {
    return policy.#tables;
  }
}
