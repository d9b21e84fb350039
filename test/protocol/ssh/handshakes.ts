import { readFileSync } from 'node:fs';
import type { HostKey } from '../../../lib/attempt/index.js';

/** What one recorded handshake comes to; the fingerprints are those that ssh-keygen shows. */
export interface Expected {
  readonly keyExchange: string;
  readonly hostKeyAlgorithm: string;
  readonly hostKey: HostKey;
}

/** A handshake as it went over a wire: the client's bytes up to its new keys, the server's up to its reply. */
export interface Handshake {
  readonly name: string;
  readonly expected: Expected;
  readonly client: Buffer;
  readonly server: Buffer;
}

const text = readFileSync(new URL('../../../../test/protocol/ssh/handshakes.golden', import.meta.url), 'latin1');

/** Recorded from real clients and servers on loopback; their host keys were made for it. */
export const HANDSHAKES: readonly Handshake[] = text
  .trim()
  .split('\n\n')
  .map((block) => {
    const [, name = '', expected = '', client = '', server = ''] =
      /^# (.+)\nexpected (.+)\nclient ([0-9a-f]+)\nserver ([0-9a-f]+)$/.exec(block) ?? [];
    const parsed = JSON.parse(expected) as Expected;
    return { name, expected: parsed, client: Buffer.from(client, 'hex'), server: Buffer.from(server, 'hex') };
  });
