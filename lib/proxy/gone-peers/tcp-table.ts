import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { IpAddress } from '../../address/index.js';
import { errorCode } from '../../system/index.js';

/** The two ends of a connection as the system's table writes them. */
export type TableKey = string;

/** What the system knows of a connection. */
export interface TcpRow {
  /** Bytes that the peer has not acknowledged, sent or not. */
  readonly unacknowledged: number;
  /** What is awaited: that the peer acknowledges bytes that were sent, or that it has room for more. */
  readonly awaits: 'acknowledgement' | 'room';
  /** How often the system has sent again, or has asked for room, without an answer since. */
  readonly unanswered: number;
}

/** The connections that exist. */
export type TcpTable = ReadonlyMap<TableKey, TcpRow>;

const FILES = ['/proc/net/tcp', '/proc/net/tcp6'];
const CHUNK = 64 * 1024;
/** Some 400,000 connections: where there are more, the table is not used. */
const MAX_BYTES = 64 * 1024 * 1024;
const CLOSED = '07';
const PERSIST_TIMER = '04';
const LITTLE_ENDIAN = endianness() === 'LE';
/** How the table begins an IPv4 address on a dual-stack socket. */
const MAPPED = `${'0'.repeat(16)}${wordText(0xffffn)}`;

/** One end of a connection. */
interface End {
  readonly address: IpAddress;
  readonly port: number;
}

/** The key of a connection, by its own end and its peer's. */
export function tableKey(own: End, peer: End): TableKey {
  return `${endText(own)} ${endText(peer)}`;
}

function endText({ address, port }: End): string {
  const words = address.family === 4 ? [BigInt(address.value)] : [96n, 64n, 32n, 0n].map((by) => address.value >> by);
  return `${words.map(wordText).join('')}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Writes the lowest 32 bits of an address as the table does: in the byte order of this machine. */
function wordText(word: bigint): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number(word & 0xffffffffn));
  return (LITTLE_ENDIAN ? bytes.reverse() : bytes).toString('hex').toUpperCase();
}

/**
 * Finds connections in the table of Linux, which it reads a bounded part at a time, so that a large one does not hold up
 * other work. Never rejects. `unavailable`: there is no table, or it cannot be read whole.
 */
export async function readTcpTable(keys: ReadonlySet<TableKey>, files = FILES): Promise<TcpTable | 'unavailable'> {
  const found = new Map<TableKey, TcpRow>();
  for (const [index, path] of files.entries()) {
    try {
      if ((await readLines(path, (line) => readLine(line, keys, found))) === 'too_large') return 'unavailable';
    } catch (error) {
      // A machine without IPv6 has no table for it.
      if (index === 0 || errorCode(error) !== 'ENOENT') return 'unavailable';
    }
  }
  return found;
}

async function readLines(path: string, take: (line: string) => void): Promise<'read' | 'too_large'> {
  const file = await open(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = '';
    for (let length = 0; length <= MAX_BYTES;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, null);
      if (bytesRead === 0) return 'read';
      length += bytesRead;
      const lines = (rest + chunk.toString('latin1', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    }
    return 'too_large';
  } finally {
    await file.close();
  }
}

/** `sl: local remote state tx:rx timer:when retransmits uid probes inode …`; see proc_pid_net(5). */
function readLine(line: string, keys: ReadonlySet<TableKey>, found: Map<TableKey, TcpRow>): void {
  const [, own = '', peer = '', state, queues = '', timer = '', again = '', , probes = ''] = line
    .trimStart()
    .split(/ +/, 9);
  const key = `${unmapped(own)} ${unmapped(peer)}`;
  if (!keys.has(key) || state === CLOSED) return;
  const awaits = timer.startsWith(PERSIST_TIMER) ? 'room' : 'acknowledgement';
  const unanswered = awaits === 'room' ? Number.parseInt(probes, 10) : Number.parseInt(again, 16);
  found.set(key, { unacknowledged: Number.parseInt(queues, 16), awaits, unanswered });
}

function unmapped(end: string): string {
  return end.startsWith(MAPPED) ? end.slice(MAPPED.length) : end;
}
