import type { IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import type { Check, Denial, Ground } from '../../policy/index.js';
import type { ActiveTraffic } from './active-traffic.js';

/** Traffic that is passing, for those who watch over it: values, and a way to end it. No step of the journey takes it. */
export interface PassingTraffic {
  readonly attempt: Attempt;
  /** The address that was dialled. */
  readonly address: IpAddress;
  readonly ground: Ground;
  readonly wouldDeny: Denial | 'none';
  readonly seen: Observation['protocol'];
  readonly checks: readonly Check[];
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Ends it for an operator; the detail says who asked, and why. */
  readonly cut: (detail: string) => void;
}

/** Describes traffic as it is now. */
export function passingTraffic({ clearance, counts, end }: ActiveTraffic): PassingTraffic {
  const { attempt, address, ground, wouldDeny, observation, checks } = clearance;
  return {
    ...{ attempt, address, ground, wouldDeny, checks, ...counts() },
    seen: observation.protocol,
    cut: (detail) => end({ by: 'operator', detail }),
  };
}
