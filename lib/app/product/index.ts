/** This installation of tidegate: its version, the Node versions it supports, and the policies it ships with. */
export { ownPolicies, ownVersion, supportedNodes, unpackedAt } from './product.js';
