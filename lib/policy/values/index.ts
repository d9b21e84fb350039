/**
 * The single values of the policy language: hosts, ranges, ports, paths, pins, names of things. Each reader is strict and
 * comes with a hint. Start at `values.ts`, which has the readers as leaves of a schema. This room refuses to know which
 * keys take which value: that is the language's.
 */
export { isPlainPath, methods, readMethod, readPath } from './paths.js';
export { suffixKind, type Pattern, type PortRange, type ServerNamePattern } from './patterns.js';
export { tunnelledTo, USUAL_PORTS } from './usual-ports.js';
export {
  contact,
  date,
  deniedHost,
  destination,
  hostKey,
  label,
  mode,
  ports,
  range,
  readMember,
  readPinnedHostKey,
  readPinnedThumbprint,
  serverName,
  thumbprint,
  allowedHost,
  user,
  words,
  type HostEntry,
} from './values.js';
