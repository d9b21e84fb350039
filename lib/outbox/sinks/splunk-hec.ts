import { randomUUID } from 'node:crypto';
import { sleep } from '../../system/index.js';
import { isObject } from '../../system/values/index.js';
import { type Delivery, judgeStatus, type Poster, type PostAnswer, unavailable } from '../receivers/index.js';
import type { SenderIdentity, SinkRecord, Sink } from './sink.js';

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

/** Makes the poster for a path of the collector, with headers besides its token. */
export type PosterFor = (path: string, headers: Readonly<Record<string, string>>) => Poster;

const JSON_TYPE = 'application/json';
const FIRST_ACK_MS = 50;
const SLOWEST_ACK_MS = 2_000;

/**
 * Sends records to Splunk's HTTP SinkEvent Collector. Without acknowledgement a 200 means that the collector has the events,
 * with it that they are indexed.
 */
export function createHecSink(target: HecTarget, from: SenderIdentity, posterFor: PosterFor, timeoutMs: number): Sink {
  const channel = { 'x-splunk-request-channel': randomUUID() };
  const events = posterFor('/services/collector/event', target.ack ? channel : {});
  const acks = posterFor('/services/collector/ack', channel);
  return {
    settleMs: 0,
    send: async (records, signal) => {
      const body = records.map((each) => JSON.stringify(eventOf(each, target, from))).join('\n');
      const answer = await events.post(body, JSON_TYPE, signal);
      const judged = judge(answer);
      if (judged.kind !== 'accepted' || !target.ack || answer.kind !== 'answered') return judged;
      return acknowledged(acks, memberOf(answer.body, 'ackId'), timeoutMs, signal);
    },
    close: () => {
      events.close();
      acks.close();
      return Promise.resolve();
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

/** 400 is also what a wrong index, a missing channel or a token without acknowledgement gets: only 5, 6, 12, 13 and 15 speak of events. */
const ABOUT_EVENTS: ReadonlySet<unknown> = new Set([5, 6, 12, 13, 15]);

function judge(answer: PostAnswer): Delivery {
  const judged = judgeStatus(answer);
  if (answer.kind !== 'answered') return judged;
  const code = memberOf(answer.body, 'code');
  if (judged.kind === 'refused' && answer.status === 400 && !ABOUT_EVENTS.has(code)) return unavailable(judged.detail);
  // A gateway's friendly page is no collector's word.
  if (judged.kind === 'accepted' && code !== 0)
    return unavailable(`answered ${answer.status}, but not as a collector: ${answer.words}`);
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
  return isObject(acks) && Object.entries(acks).some(([key, value]) => key === String(id) && value === true);
}

function memberOf(body: Buffer, name: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isObject(parsed) ? Object.entries(parsed).find(([key]) => key === name)?.[1] : undefined;
  } catch {
    return undefined; // No JSON: then it says nothing of it.
  }
}
