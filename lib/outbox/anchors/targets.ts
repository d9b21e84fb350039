import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { errorMessage, within } from '../../system/index.js';
import {
  createFrameSender,
  createPoster,
  type Delivery,
  judgeStatus,
  ordinaryTrust,
  type PostTarget,
  syslogMessage,
  type Trust,
  unavailable,
} from '../receivers/index.js';
import type { Checkpoint } from './checkpoint.js';

/** Where checkpoints go. */
export type AnchorTarget =
  | { readonly use: 'file'; readonly path: string }
  | { readonly use: 'syslog'; readonly host: string; readonly port: number; readonly facility: number }
  | { readonly use: 'http'; readonly url: string };

/** What a place needs besides: whom to trust, as whom to come, and who we are. */
export interface AnchorParts {
  readonly trust: Trust | 'plain';
  readonly secret: PostTarget['secret'];
  readonly timeoutMs: number;
  /** This machine's name, for syslog. */
  readonly host: string;
}

/** One anchor as it is to be kept. */
export interface AnchorSetting {
  readonly name: string;
  readonly place: AnchorTarget;
  readonly parts: AnchorParts;
}

/** A place, ready to take checkpoints. */
export interface AnchorReceiver {
  /** Settles when the place has the checkpoint, or with why it has not. Called one at a time. Never throws. */
  readonly put: (checkpoint: Checkpoint, signal: AbortSignal) => Promise<Delivery>;
  readonly close: () => void;
}

/** Makes a place. Nothing is dialled or opened before the first checkpoint. */
export function openAnchorTarget({ place, parts }: AnchorSetting): AnchorReceiver {
  switch (place.use) {
    case 'file':
      return inFile(place.path, parts.timeoutMs);
    case 'syslog':
      return atSyslog(place, parts);
    case 'http':
      return atUrl(place.url, parts);
  }
}

/** Tells places apart, without what may be secret in an address. */
export function identityOf(place: AnchorTarget): string {
  return createHash('sha256').update(JSON.stringify(place)).digest('base64url');
}

/** Notes stand one behind the other, with an empty line between, each synced. What a broken write left of one is cut off. */
function inFile(path: string, timeoutMs: number): AnchorReceiver {
  let hanging: Promise<Delivery> | 'none' = 'none';
  return {
    put: async ({ note }) => {
      // A disk that hangs gets one of Node's threads, and no more.
      if (hanging !== 'none') return unavailable(`${path} hangs`);
      const writing = append(path, `${note}\n`);
      hanging = writing;
      void writing.finally(() => (hanging = 'none'));
      return within(writing, timeoutMs, unavailable(`${path} was not written within ${timeoutMs} ms`));
    },
    close: () => undefined,
  };
}

async function append(path: string, text: string): Promise<Delivery> {
  let file: FileHandle | 'none' = 'none';
  try {
    file = await open(path, 'a+', 0o600);
    const size = await endOfLastNote(file);
    try {
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
    return { kind: 'accepted' };
  } catch (error) {
    return unavailable(errorMessage(error));
  } finally {
    if (file !== 'none') await file.close().catch(() => undefined);
  }
}

/** No note is longer. */
const NOTE_BYTES = 16 * 1024;
/** A signature's line, which begins with a dash (in UTF-8), and the empty line behind a note. */
const ENDS = /(?:^|\n)\xe2\x80\x94 [^\n]*\n\n/g;

/** Gives where the last whole note ends, and cuts off what is behind it. A file that is something else is left alone. */
async function endOfLastNote(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(NOTE_BYTES),
    0,
    NOTE_BYTES,
    Math.max(0, size - NOTE_BYTES),
  );
  const tail = buffer.toString('latin1', 0, bytesRead);
  const last = [...tail.matchAll(ENDS)].at(-1);
  const torn = last === undefined ? tail : tail.slice(last.index + last[0].length);
  if (torn === '') return size;
  if (last === undefined && size > 0) throw new Error('the file holds something that is no checkpoint');
  const end = size - torn.length;
  await file.truncate(end);
  return end;
}

const NOTICE = 5;
const NOT_ASCII = /[^ -~]/g;

/** One message a checkpoint. A note has line ends, which receivers mangle: so it is a JSON text in one line of ASCII. */
function atSyslog(
  { host, port, facility }: Extract<AnchorTarget, { use: 'syslog' }>,
  parts: AnchorParts,
): AnchorReceiver {
  const { trust, timeoutMs } = parts;
  const frames = createFrameSender({ host, port, trust, timeoutMs, onLost: () => undefined });
  return {
    put: ({ note, size, root }, signal) => {
      const text = JSON.stringify({ tidegate_checkpoint: { size, root, note } }).replace(
        NOT_ASCII,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      const header = {
        ...{ facility, severity: NOTICE, time: new Date().toISOString(), host: parts.host },
        ...{ app: 'tidegate', process: String(process.pid), messageId: 'checkpoint' },
      };
      return frames.send([syslogMessage(header, text)], signal);
    },
    close: frames.close,
  };
}

function atUrl(url: string, { trust, secret, timeoutMs }: AnchorParts): AnchorReceiver {
  const trusted = trust === 'plain' ? ordinaryTrust : trust;
  const poster = createPoster({ url: new URL(url), headers: {}, secret, trust: trusted, timeoutMs });
  return {
    put: async ({ note }, signal) => judgeStatus(await poster.post(note, 'text/plain; charset=utf-8', signal)),
    close: poster.close,
  };
}
