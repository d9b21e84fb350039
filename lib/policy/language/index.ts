/**
 * The policy language: files to documents. Read, check and link here (`reading.ts`: start there); the shape of a file is
 * `schema.ts`, single values are `values.ts`, hosts and ranges `patterns.ts`, names across files `linking.ts`. What comes out is `document.ts`: plain
 * data, every group put in place. This room refuses to know who asks and what is answered: that is the judge's.
 */
export type {
  AllowRule,
  DenyRule,
  Pattern,
  PolicyDocument,
  PortRange,
  Protocol,
  RuleRef,
  ServerNamePattern,
  Unverifiable,
} from './document.js';
export { isPlainPath } from './paths.js';
export { readPolicies } from './reading.js';
export { date, readPinnedHostKey, readPinnedThumbprint, user, words } from './values.js';
