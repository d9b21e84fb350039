/**
 * The policy language: files to documents (`reading.ts`: start there). The shape of a file is `schema.ts`, of a rule
 * `allow.ts`; names across files are `linking.ts`. The result is `document.ts`. It refuses to know about attempts.
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
  UserScope,
} from './document.js';
export { readPolicies } from './reading.js';
