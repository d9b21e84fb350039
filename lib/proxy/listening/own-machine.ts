import { networkInterfaces } from 'node:os';
import { parseAddress, type IpAddress } from '../../address/index.js';
import type { OwnMachine } from '../../policy/index.js';
import type { ListenAddress, Listeners } from './listeners.js';

/** How old the list of this machine's addresses may be when an address is judged. */
const INTERFACES_FRESH_MS = 5_000;

/** What is asked of the system. */
interface MachineSystem {
  /** Lists the addresses of this machine's interfaces, as text. Throws where the system cannot. */
  readonly listInterfaces: () => readonly string[];
  /** Milliseconds of a clock that never jumps. */
  readonly mono: () => number;
}

const SYSTEM: MachineSystem = {
  listInterfaces: () =>
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  mono: () => performance.now(),
};

/**
 * What the judge must know of this machine. A destination is one of our own listeners whatever way it is written (rule A14): the
 * very address, an IPv4-mapped form of it, the unspecified address, or, for a listener on all interfaces, any address of this
 * machine. `others` are listeners apart from those for clients.
 */
export function ownMachine(
  listeners: Pick<Listeners, 'addresses'>,
  others: readonly ListenAddress[] = [],
  system = SYSTEM,
): OwnMachine {
  const isLocal = localAddressCheck(system);
  const isOne = (listener: ListenAddress, address: IpAddress, port: number): boolean => {
    if (listener.port !== port) return false;
    const text = unmapped(address);
    if (isUnspecified(text) || text === listener.host) return true;
    return isUnspecified(listener.host) && (isLoopback(text) || isLocal(text));
  };
  return {
    isListener: (address, port) =>
      listeners.addresses.some((listener) => isOne(listener, address, port)) ||
      others.some((listener) => isOne(listener, address, port)),
    hasAddress: (address) => isLocal(unmapped(address)),
  };
}

function isUnspecified(text: string): boolean {
  return text === '0.0.0.0' || text === '::';
}

function isLoopback(text: string): boolean {
  return text.startsWith('127.') || text === '::1';
}

/** The kernel dials an IPv4-mapped address as its IPv4, so for the question "is this us?", and only for it, they are one. */
function unmapped(address: IpAddress): string {
  if (address.family === 4 || address.value >> 32n !== 0xffffn) return address.text;
  const low = Number(address.value & 0xffffffffn);
  return [24, 16, 8, 0].map((shift) => (low >>> shift) & 0xff).join('.');
}

/**
 * Whether an address is this machine's. Interfaces come and go, so the list is read again when it is some seconds old. Where the
 * system cannot list them, as when there is no descriptor left, the last list is kept; without any, every address counts as ours.
 */
function localAddressCheck({ listInterfaces, mono }: MachineSystem): (text: string) => boolean {
  let known: ReadonlySet<string> | 'not_known' = 'not_known';
  let readAt = -Infinity;
  return (text) => {
    if (mono() - readAt >= INTERFACES_FRESH_MS) {
      try {
        known = new Set(listInterfaces().map(canonical));
        readAt = mono();
      } catch {
        // Read again at the next question.
      }
    }
    return known === 'not_known' || known.has(text);
  };
}

function canonical(text: string): string {
  const read = parseAddress(text.split('%')[0] ?? text);
  return read.kind === 'parsed' ? read.value.text : text;
}
