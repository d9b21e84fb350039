import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import {
  encodeQuery,
  type FinalReply,
  type Question,
  type QueryForm,
  readReply,
  type Reply,
} from '../protocol/dns/index.js';
import { errorReason } from '../system/index.js';
import type { DnsServer } from './server.js';
import { queryOverTcp } from './tcp.js';

/** What a server said to a question. `unreachable`: `code` is the system's. */
export type ServerOutcome =
  FinalReply | Extract<Reply, { kind: 'rejected' }> | { readonly kind: 'unreachable'; readonly code: string };

/** One question that one server has been asked. */
export interface Exchange {
  /** Sends the query again: a datagram may have been lost. */
  readonly sendAgain: () => void;
  /** Closes its sockets. Nothing is reported after that. */
  readonly close: () => void;
}

/** Asks one server one question; `report` is called once, when it has said something or cannot be reached. */
export function askServer(server: DnsServer, question: Question, report: (outcome: ServerOutcome) => void): Exchange {
  const exchange = new ServerExchange(server, question, report);
  exchange.begin();
  return exchange;
}

/** How many datagrams that do not belong to the query a server may send: a bound for the work (law 12). */
const STRAY_MAX = 100;
const IDS = 0x1_0000;

class ServerExchange implements Exchange {
  readonly #server: DnsServer;
  readonly #question: Question;
  readonly #report: (outcome: ServerOutcome) => void;
  readonly #udp: Socket;
  #query: Buffer;
  #form: QueryForm = 'extended';
  #over: 'udp' | 'tcp' | 'nothing' = 'nothing';
  #strays = 0;
  #closeTcp: () => void = () => undefined;
  #done = false;

  constructor(server: DnsServer, question: Question, report: (outcome: ServerOutcome) => void) {
    this.#server = server;
    this.#question = question;
    this.#report = report;
    this.#query = this.#newQuery();
    // INVARIANT: the address is a number, and nothing looks it up.
    const lookup = (host: string, _: unknown, callback: (error: null, address: string, family: number) => void): void =>
      process.nextTick(callback, null, host, server.family);
    this.#udp = createSocket({ type: server.family === 6 ? 'udp6' : 'udp4', lookup });
  }

  /** Connects the socket, so that the system drops what other addresses send, from a port that the system picks at random. */
  begin(): void {
    const { address, port } = this.#server;
    this.#udp.on('error', this.#failed);
    this.#udp.on('message', (message) => this.#read(message, 'udp'));
    this.#udp.once('connect', () => {
      if (this.#done) return;
      this.#over = 'udp';
      this.#send();
    });
    this.#udp.connect(port, address);
  }

  readonly sendAgain = (): void => {
    if (!this.#done && this.#over === 'udp') this.#send();
  };

  readonly close = (): void => {
    if (this.#done) return;
    this.#done = true;
    this.#closeTcp();
    this.#udp.close();
  };

  #newQuery(): Buffer {
    return encodeQuery(this.#question, randomInt(IDS), this.#form);
  }

  #send(): void {
    this.#udp.send(this.#query, (error) => {
      if (error !== null) this.#failed(error);
    });
  }

  #read(message: Buffer, over: 'udp' | 'tcp'): void {
    if (this.#done || over !== this.#over) return;
    const reply = readReply(this.#question, this.#query, message);
    if (reply.kind === 'not_ours') {
      this.#strays += 1;
      if (over === 'tcp' || this.#strays > STRAY_MAX) this.#settle(MALFORMED);
    } else if (reply.kind === 'truncated') {
      if (over === 'tcp') this.#settle(MALFORMED);
      else this.#askOverTcp();
    } else if (reply.kind === 'rejected' && reply.code === 'EFORMERR' && this.#form === 'extended') {
      this.#askPlainly(over);
    } else {
      this.#settle(reply);
    }
  }

  #askOverTcp(): void {
    this.#over = 'tcp';
    this.#closeTcp = queryOverTcp(this.#server, this.#query, (result) => {
      if (Buffer.isBuffer(result)) this.#read(result, 'tcp');
      else this.#settle({ kind: 'unreachable', code: result.code });
    });
  }

  /** RFC 6891 §7: a server that does not know EDNS says "format error", and is asked without it. */
  #askPlainly(over: 'udp' | 'tcp'): void {
    this.#form = 'plain';
    this.#query = this.#newQuery();
    if (over === 'udp') this.#send();
    else this.#askOverTcp();
  }

  readonly #failed = (error: Error): void => this.#settle({ kind: 'unreachable', code: errorReason(error) });

  #settle(outcome: ServerOutcome): void {
    if (this.#done) return;
    this.close();
    this.#report(outcome);
  }
}

const MALFORMED = { kind: 'rejected', code: 'EBADRESP' } as const;
