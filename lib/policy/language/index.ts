/**
 * The policy language: files to documents. Read, check and link here (`reading.ts`: start there); the shape of a file is
 * `schema.ts`, of a rule `allow.ts`; names across files are `linking.ts`. The result is `document.ts`: plain data, every
 * group replaced by its members. This room refuses to know which attempts there are: that is the judge's.
 */
export type {
  AllowRule,
  DenyRule,
  PolicyDocument,
  Protocol,
  RuleRef,
  RuleTerms,
  TrafficRequirements,
  Unverifiable,
} from './document.js';
export { readPolicies } from './reading.js';
