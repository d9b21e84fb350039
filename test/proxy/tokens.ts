import type { Clearance } from '../../lib/policy/index.js';
import { recordable, type Recordable } from '../../lib/proxy/decision/index.js';
import { connect, judge, policies } from '../policy/samples.js';

/** The token for a look-up, from a journal that takes records. */
export function recordableNow(): Recordable {
  const state = recordable({
    state: () => ({
      kind: 'writing',
      ...{ seq: 0, segment: '', bytes: 0, rotation: { kind: 'working' }, maintenance: { kind: 'working' } },
      removalHold: 'none',
    }),
  });
  if (state.kind !== 'recordable') throw new Error(state.kind);
  return state;
}

/** A clearance for a tunnel, for tests of what comes after it. */
export function tunnelClearance(): Clearance {
  const verdict = judge(policies({ allow: [{ to: ['api.example'] }] }), connect('api.example:443'));
  if (verdict.kind === 'denied') throw new Error(verdict.reason);
  return verdict;
}
