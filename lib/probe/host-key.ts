import type { Socket } from 'node:net';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import type { HostKey } from '../attempt/index.js';
import { fingerprintsOf } from '../protocol/ssh/index.js';
import { closedBy, type HandshakeControl, failed, handshake, type ProbeFailed } from './handshake.js';

/** A host key that signed the key exchange of a probe. */
export interface ProbedHostKey {
  readonly kind: 'host_key';
  readonly identity: HostKey;
  /** What it signed with, such as `rsa-sha2-512`. */
  readonly algorithm: string;
  /** All host key algorithms that the server offers, its favourite first; the signature covers this list too. */
  readonly offered: readonly string[];
}

/** What ssh2 can check, newest first within a type. */
const CHECKABLE = new Set<ServerHostKeyAlgorithm>([
  ...(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const),
  ...(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-dss'] as const),
]);

/**
 * The methods of key exchange that are offered, old ones last. Group exchange is left out: the server chooses the prime
 * there, and with it how long we calculate.
 */
const KEX = [
  ...(['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'] as const),
  ...(['ecdh-sha2-nistp384', 'ecdh-sha2-nistp521', 'diffie-hellman-group14-sha256'] as const),
  ...(['diffie-hellman-group16-sha512', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'] as const),
];

/**
 * Probes a connected socket by an SSH key exchange, and ends it before any log-in.
 *
 * `algorithms` are host key algorithms as they stand in a KEXINIT, the wanted ones first. One of a host certificate asks
 * for the key that it certifies: ssh2 does not do certificates, but a server that has one has its plain key too, and the
 * certificate says by itself whether it holds. The answer's `certificate` is therefore always `none`. The signature over
 * the exchange has been checked (RFC 4253 §8). Closes the socket in every case, never throws.
 */
export function probeHostKey(
  socket: Socket,
  { algorithms, budgetMs }: { readonly algorithms: readonly string[]; readonly budgetMs: number },
): Promise<ProbedHostKey | ProbeFailed> {
  return handshake<ProbedHostKey>(socket, budgetMs, (control) => {
    const asked = checkable(algorithms);
    if (asked.length === 0) {
      control.settle(failed('not_possible', `no probe is made for host keys of ${algorithms.join(', ')}`));
      return;
    }
    // Loaded by the first probe: a tidegate that makes none has nothing to pay.
    import('ssh2')
      .then(
        (ssh2) => {
          if (!control.over.fired) exchange(new ssh2.Client(), socket, asked, control);
        },
        (error: unknown) => control.settle(failed('not_possible', `ssh2 cannot be loaded: ${String(error)}`)),
      )
      .catch((error: unknown) => control.settle(failed('not_possible', `ssh2 cannot ask: ${String(error)}`)));
  });
}

function exchange(
  client: Client,
  socket: Socket,
  asked: ServerHostKeyAlgorithm[],
  { settle, giveUp, over }: HandshakeControl<ProbedHostKey>,
): void {
  let presented: Buffer = Buffer.alloc(0);
  let offered: readonly string[] = [];
  // Says goodbye and ends the stream, so that the request for a log-in, which ssh2 makes next, is not written any more.
  over.add(() => void client.end());
  client.on('error', (error) => giveUp(failureOf(error)));
  // INVARIANT: only `handshake` may answer. ssh2 asks hostVerifier before it has looked at the signature.
  client.once('handshake', ({ serverHostKey }) =>
    settle({ kind: 'host_key', identity: hostKeyOf(presented), algorithm: serverHostKey, offered }),
  );
  client.connect({
    sock: socket,
    username: 'tidegate',
    ident: 'tidegate_probe',
    readyTimeout: 0,
    algorithms: {
      kex: [...KEX],
      serverHostKey: asked,
      cipher: { append: ['aes256-cbc', 'aes128-cbc'], prepend: [], remove: [] },
    },
    // ssh2 shows only here what the server offers, and what a goodbye for the usual reason says.
    debug: (line) => {
      offered = OFFER.exec(line)?.[1]?.split(',') ?? offered;
      const words = GOODBYE.exec(line)?.[1];
      if (words !== undefined) giveUp(ended(words));
    },
    hostVerifier: (key: Buffer) => {
      presented = Buffer.from(key);
      return true;
    },
  });
}

/** How ssh2 notes the list in the server's SSH_MSG_KEXINIT (RFC 4253 §7.1), and SSH_MSG_DISCONNECT (§11.1). */
const OFFER = /^Handshake: \(remote\) Host key format: (.+)$/;
const GOODBYE = /^Inbound: Received DISCONNECT \(\d+, "(.*)"\)$/s;

function ended(words: string): ProbeFailed {
  return failed(
    'refused',
    `the server ended the SSH handshake${words === '' ? ', and did not say why' : `: ${words}`}`,
  );
}

function checkable(algorithms: readonly string[]): ServerHostKeyAlgorithm[] {
  const plain = new Set(algorithms.map((name) => name.replace(/-cert-v0[01]@openssh\.com$/, '')));
  return [...plain].flatMap((name) => [...CHECKABLE].filter((known) => known === name));
}

function hostKeyOf(blob: Buffer): HostKey {
  // A key begins with its type (RFC 4253 §6.6); ssh2 has read it and checked its signature by then.
  const type = blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
  return { type, ...fingerprintsOf(blob), certificate: 'none' };
}

function failureOf(error: Error & { readonly level?: string }): ProbeFailed {
  const { message, level } = error;
  if (level === 'client-socket') return failed('closed', closedBy(error));
  if (/no matching host key/.test(message)) return failed('not_offered', 'the server has no host key of this type');
  if (/signature/i.test(message)) return failed('unproven', `the host key did not sign the key exchange: ${message}`);
  if (/Connection lost before handshake/.test(message)) return failed('closed', 'the connection was closed');
  if (/Header line too long|Max greeting lines|Invalid identification|version/i.test(message)) {
    return failed('not_this_protocol', 'the destination does not speak SSH 2');
  }
  return failed('refused', `the SSH handshake failed: ${message}`);
}
