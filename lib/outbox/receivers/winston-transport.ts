import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { LookupFunction } from 'node:net';
import winston from 'winston';
import { errorCode, errorMessage } from '../../system/index.js';
import { FileTransport, readFileOptions } from '../rotating-file/index.js';
import { keepAliveAgent } from './http-post.js';

/** A transport of winston, ready to be written to. */
export interface LoadedTransport {
  readonly kind: 'transport';
  readonly transport: winston.transport;
}

/** Why a transport cannot be made. */
export interface TransportProblem {
  readonly kind: 'transport_problem';
  readonly use: string;
  readonly detail: string;
}

type Options = Readonly<Record<string, unknown>>;
type TransportClass = new (options: Options) => winston.transport;

const BUILT_IN: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['console', winston.transports.Console],
  ['http', winston.transports.Http],
]);

/**
 * Makes a transport by name: `console`, `http`, or a package installed in `folder` or beside tidegate. The options go to it as
 * they are, except that no transport may catch our exceptions. `file` is our own: winston's is silent for good once a write has
 * failed, and forgets after a restart which files it has made.
 */
export async function loadTransport(
  use: string,
  options: Options,
  folder: string,
  lookup: LookupFunction,
): Promise<LoadedTransport | TransportProblem> {
  const problem = (detail: string): TransportProblem => ({ kind: 'transport_problem', use, detail });
  if ('format' in options) return problem('option "format" is not supported: lines are JSON');
  try {
    if (use === 'file') return await fileTransport(options, folder);
    const transportClass = BUILT_IN.get(use) ?? (await classIn(use, folder));
    if (!isTransportClass(transportClass)) return problem('the package exports no winston transport');
    // The connections of winston's HTTP transport end with it; in Node's global agent they would not.
    const agent = keepAliveAgent(options['ssl'] === true ? 'https:' : 'http:', { lookup });
    const given = use === 'http' ? { ...options, agent } : options;
    const transport = new transportClass({ ...given, handleExceptions: false, handleRejections: false });
    transport.once('close', () => agent.destroy());
    return { kind: 'transport', transport };
  } catch (error) {
    return problem(firstLine(errorMessage(error)));
  }
}

/** Errors that waiting does not remove: the file is in the wrong place. A disk that is full may have room again. */
const MISPLACED: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EISDIR',
  'ENOTDIR',
  'ENAMETOOLONG',
  'EINVAL',
]);

async function fileTransport(options: Options, folder: string): Promise<LoadedTransport | TransportProblem> {
  const read = readFileOptions(options, folder);
  if ('kind' in read) return { kind: 'transport_problem', use: 'file', detail: read.detail };
  const transport = new FileTransport(read);
  try {
    if (!read.lazy) await transport.open();
  } catch (error) {
    if (MISPLACED.has(errorCode(error))) throw error;
  }
  const made: unknown = transport;
  if (!isTransport(made)) throw new Error('the file transport is not one of winston');
  return { kind: 'transport', transport: made };
}

/** Makes winston's transport to a stream, for lines that end in a line feed. */
export function transportTo(stream: Writable): winston.transport {
  const streamClass: unknown = winston.transports.Stream;
  if (!isTransportClass(streamClass)) throw new Error('winston has no stream transport');
  return new streamClass({ stream, eol: '\n' });
}

/** Finds the transport class among the exports of a package: the default one, or the only one there is. */
async function classIn(name: string, folder: string): Promise<unknown> {
  const exported: unknown = await import(pathToFileURL(find(name, folder)).href);
  const candidates = valuesOf(exported).flatMap((value) => [value, ...valuesOf(value)]);
  return candidates.find(isTransportClass);
}

function find(name: string, folder: string): string {
  try {
    return createRequire(join(folder, 'from-here.js')).resolve(name);
  } catch {
    // Not installed beside the configuration: then beside tidegate; its error has the name.
    return createRequire(import.meta.url).resolve(name);
  }
}

function isTransportClass(value: unknown): value is TransportClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && 'log' in prototype && 'pipe' in prototype;
}

/** winston takes every stream with a `log`, whichever class made it. */
function isTransport(value: unknown): value is winston.transport {
  return value instanceof Writable && 'log' in value;
}

/** A module's exports, its default export first, or the properties of an export that is a bundle of classes. */
function valuesOf(value: unknown): readonly unknown[] {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return [];
  const { default: first, ...others } = { default: undefined, ...Object.fromEntries(Object.entries(value)) };
  return [first, ...Object.values(others)];
}

/** Node appends the modules that import a missing one, line by line. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/\.$/, '');
}
