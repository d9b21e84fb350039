import { ownersOf, type IpAddress } from '../../address/index.js';
import {
  admit,
  allowsAddress,
  permit,
  placeOf,
  type Admission,
  type Denial,
  type Ground,
  type OwnMachine,
  type Permit,
} from '../judge/index.js';
import { factsOf, PolicySet } from '../set/index.js';
import { standIns, type Help, type LogInQuestion } from './stand-ins.js';

/** A log-in that would help: a user, who stands for all that are judged alike, and the ground on which the attempt would go on. */
export interface LogIn {
  readonly user: string;
  readonly ground: Ground;
}

type JudgedStep = Admission | Permit | Denial;

/**
 * Whether a log-in would help an attempt that was judged as it came, without a user: if no rule lets it pass, or only
 * observing does, and a rule would for some user. So what is observed is asked the same as what is enforced. An attempt that
 * is denied may also be helped by policies that observe the user, who would have passed had the client logged in at once.
 */
export function logInAtAdmit(question: LogInQuestion, judged: Admission | Denial): LogIn | 'none' {
  const help: Help = { leads: () => true, observing: judged.kind === 'denied' };
  return firstHelp(question, judged, help, (attempt) => admit(question.policy, attempt, question.now));
}

/** The same once the name was looked up: a rule for some user may lead to addresses where no other does. */
export function logInAtPermit(
  question: LogInQuestion,
  judged: Permit | Denial,
  answers: readonly IpAddress[],
  machine: OwnMachine,
): LogIn | 'none' {
  const { policy, attempt, now } = question;
  const tables = PolicySet.tables(policy);
  const facts = factsOf(tables, attempt, now);
  const { host } = attempt.destination;
  const addresses = host.kind === 'address' ? [host.address] : answers;
  const lists = new Map(addresses.map((address) => [address, ownersOf(tables.ranges, address)]));
  const help: Help = {
    leads: (rule) => [...lists].some(([address, of]) => allowsAddress(rule, facts, address, of, machine)),
    observing: judged.kind === 'denied' && addresses.some((address) => isObservable(address, machine)),
  };
  return firstHelp(question, judged, help, (as) => {
    const admission = admit(policy, as, now);
    return admission.kind === 'denied' ? admission : permit(admission, answers, machine);
  });
}

/** Whether a log-in would help, as far as the addresses of the name are known. */
export function logInFor(
  question: LogInQuestion,
  answers: readonly IpAddress[] | 'not_resolved',
  machine: OwnMachine,
): LogIn | 'none' {
  const admission = admit(question.policy, question.attempt, question.now);
  const early = logInAtAdmit(question, admission);
  if (early !== 'none' || admission.kind === 'denied' || answers === 'not_resolved') return early;
  return logInAtPermit(question, permit(admission, answers, machine), answers, machine);
}

function firstHelp(
  question: LogInQuestion,
  judged: JudgedStep,
  help: Help,
  judgeAs: (attempt: LogInQuestion['attempt']) => JudgedStep,
): LogIn | 'none' {
  if (isByRules(judged)) return 'none';
  for (const attempt of standIns(question, help)) {
    const { identity } = attempt.client;
    const better = judgeAs(attempt);
    if (identity.kind === 'network' || better.kind === 'denied') continue;
    if (isByRules(better) || judged.kind === 'denied') return { user: identity.user, ground: better.ground };
  }
  return 'none';
}

function isByRules(judged: JudgedStep): boolean {
  return judged.kind !== 'denied' && judged.ground.kind === 'rules';
}

/** Whether observing lets the address pass, as far as the address alone decides. */
function isObservable(address: IpAddress, machine: OwnMachine): boolean {
  return ['public', 'private'].includes(placeOf(address, machine));
}
