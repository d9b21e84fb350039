import { networkInterfaces } from 'node:os';
import { parseAddress, type IpAddress } from '../../address/index.js';
import type { IsOwnListener } from '../../policy/index.js';
import type { ListenAddress, Listeners } from './listeners.js';

const INTERFACES_FRESH_MS = 5_000;

/**
 * Answers whether a destination is one of our own listeners, whatever way it is written (rule A14): the very address, an
 * IPv4-mapped form of it, the unspecified address, or, for a listener on all interfaces, any address of this machine.
 */
export function ownListenerCheck(
  listeners: Pick<Listeners, 'addresses'>,
  others: readonly ListenAddress[] = [],
): IsOwnListener {
  const local = localAddresses();
  const isOne = (listener: ListenAddress, address: IpAddress, port: number): boolean => {
    if (listener.port !== port) return false;
    const text = unmapped(address);
    if (isUnspecified(text) || text === listener.host) return true;
    return isUnspecified(listener.host) && (isLoopback(text) || local().has(text));
  };
  return (address, port) =>
    listeners.addresses.some((listener) => isOne(listener, address, port)) ||
    others.some((listener) => isOne(listener, address, port));
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

/** This machine's addresses, looked up again when the last look is some seconds old. */
function localAddresses(): () => ReadonlySet<string> {
  let known: ReadonlySet<string> = new Set();
  let lookedAt = -Infinity;
  return () => {
    if (performance.now() - lookedAt < INTERFACES_FRESH_MS) return known;
    lookedAt = performance.now();
    try {
      const lists = Object.values(networkInterfaces());
      known = new Set(lists.flatMap((list) => (list ?? []).map(({ address }) => canonical(address))));
    } catch {
      // The system cannot list them now, as when there is no descriptor left: the last list is kept.
    }
    return known;
  };
}

function canonical(text: string): string {
  const read = parseAddress(text.split('%')[0] ?? text);
  return read.kind === 'parsed' ? read.value.text : text;
}
