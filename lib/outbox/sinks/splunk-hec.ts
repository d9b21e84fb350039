import { randomUUID } from 'node:crypto';
import { sleep } from '../../system/index.js';
import { isObject } from '../../system/values/index.js';
import {
  createPoster,
  type Delivery,
  judgeStatus,
  type PostAnswer,
  type Poster,
  type ReceiverParts,
  type SenderIdentity,
  unavailable,
} from '../receivers/index.js';
import type { Sink, SinkRecord } from './sink.js';

/** Which collector, and where its events go. Texts that are `'default'` are left to the collector's token. */
export interface HecTarget {
  readonly use: 'splunk-hec';
  readonly url: string;
  readonly index: string | 'default';
  readonly source: string;
  readonly sourcetype: string;
  /** Whether to wait until events are indexed; the token must have acknowledgement turned on. */
  readonly ack: boolean;
}

const JSON_TYPE = 'application/json';
const FIRST_ACK_MS = 50;
const SLOWEST_ACK_MS = 2_000;

/**
 * Sends records to Splunk's HTTP Event Collector. Without acknowledgement a 200 means that the collector has the events,
 * with it that they are indexed.
 */
export function createHecSink(target: HecTarget, parts: ReceiverParts): Sink {
  const { from, timeoutMs } = parts;
  const headers = { ...parts.headers, ...(target.ack ? { 'x-splunk-request-channel': randomUUID() } : {}) };
  const collector = `${target.url.replace(/\/$/, '')}/services/collector`;
  const events = createPoster(`${collector}/event`, { ...parts, headers });
  const acks = createPoster(`${collector}/ack`, { ...parts, headers });
  return {
    settleMs: 0,
    send: async (records, signal) => {
      const body = records.map((each) => JSON.stringify(eventOf(each, target, from))).join('\n');
      const answer = await events.post(body, JSON_TYPE, signal);
      const judged = judge(answer);
      if (judged.kind !== 'accepted' || !target.ack || answer.kind !== 'answered') return judged;
      return acknowledged(acks, memberOf(answer.body, 'ackId'), timeoutMs, signal);
    },
    close: async () => {
      await events.close();
      await acks.close();
    },
  };
}

function eventOf(record: SinkRecord, { index, source, sourcetype }: HecTarget, { host }: SenderIdentity): object {
  return {
    time: Date.parse(record.time) / 1_000,
    host,
    source,
    sourcetype,
    ...(index === 'default' ? {} : { index }),
    event: record.object === 'none' ? record.text : record.object,
    fields: { tidegate_id: record.id, tidegate_seq: record.seq },
  };
}

/** 400 is also what a wrong index, a missing channel or a token without acknowledgement gets: only 5, 6, 12, 13 and 15 are about events. */
const ABOUT_EVENTS: ReadonlySet<unknown> = new Set([5, 6, 12, 13, 15]);

function judge(answer: PostAnswer): Delivery {
  const judged = judgeStatus(answer);
  if (answer.kind !== 'answered') return judged;
  const code = memberOf(answer.body, 'code');
  if (judged.kind === 'refused' && answer.status === 400 && !ABOUT_EVENTS.has(code)) return unavailable(judged.detail);
  // A gateway's page is not the collector's answer.
  if (judged.kind === 'accepted' && code !== 0)
    return unavailable(`answered ${answer.status}, but not as a collector: ${answer.excerpt}`);
  return judged;
}

/** Asks until the collector says that the events are indexed. */
async function acknowledged(acks: Poster, id: unknown, timeoutMs: number, signal: AbortSignal): Promise<Delivery> {
  if (typeof id !== 'number') return unavailable('the collector gives no ackId: turn acknowledgement on for the token');
  let pause = FIRST_ACK_MS;
  for (let waited = 0; waited < timeoutMs && !signal.aborted; waited += pause) {
    const answer = await acks.post(JSON.stringify({ acks: [id] }), JSON_TYPE, signal);
    const judged = judgeStatus(answer);
    if (judged.kind === 'refused') return unavailable(judged.detail);
    if (judged.kind === 'unavailable') return judged;
    if (answer.kind === 'answered' && isIndexed(answer.body, id)) return { kind: 'accepted' };
    await sleep(pause, signal);
    pause = Math.min(SLOWEST_ACK_MS, pause * 2);
  }
  return unavailable(`not indexed within ${timeoutMs} ms`);
}

function isIndexed(body: Buffer, id: number): boolean {
  const acks = memberOf(body, 'acks');
  return isObject(acks) && acks[id] === true;
}

function memberOf(body: Buffer, name: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isObject(parsed) ? parsed[name] : undefined;
  } catch {
    return undefined; // Not JSON.
  }
}
