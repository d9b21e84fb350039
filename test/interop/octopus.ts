import { join } from 'node:path';
import { makeFolder } from '../fixtures/folder.js';
import { startTidegate, type Line, type Tidegate } from '../fixtures/tidegate.js';
import type { ProxyRecord } from './clients.js';
import { startDotnet, type DotnetProgram } from './dotnet-program.js';
import { startRecorder, type Recorder } from './recorder.js';

/** An Octopus Server and its Tentacles, speaking Halibut, with tidegate between them. */
export interface Octopus {
  /** Where the listening Tentacle listens, and where the server does for the polling one. */
  readonly tentaclePort: number;
  readonly serverPort: number;
  readonly thumbprints: { readonly server: string; readonly tentacle: string };
  readonly tidegate: Tidegate;
  /** Stands before tidegate: what the server takes for the proxy. */
  readonly recorder: Recorder;
  /** A server with a pool of its own, whose targets have a proxy with these credentials. */
  readonly server: (credentials?: Partial<ProxyRecord>) => Promise<DotnetProgram>;
  /** The server that waits for the polling Tentacle. */
  readonly polledServer: DotnetProgram;
  /** Starts a polling Tentacle that goes out through the proxy. */
  readonly poll: (server: string, subscription: string) => Promise<void>;
  readonly decisions: () => Promise<Line[]>;
  readonly close: () => Promise<void>;
}

/**
 * How to start it: the config beside the names and users, further lines of the rule for `*.tentacles.test`, and how long
 * the Tentacle keeps a connection on which nothing is asked (10 minutes).
 */
export interface OctopusOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly pins?: (thumbprints: Octopus['thumbprints']) => string;
  readonly patienceSeconds?: number;
}

/** The proxy user who alone may reach `users.test`. */
export const SPACE = { user: 'spaces-1.production', password: 'correct-horse' } as const;

/**
 * Starts the program's ends and tidegate. Anyone may reach `*.tentacles.test` at the Tentacle's port and `octopus.test` at
 * the server's, {@link SPACE} may reach `users.test`, nobody `denied.test`. All names lead to 127.0.0.1.
 */
export async function startOctopus(program: string, options: OctopusOptions = {}): Promise<Octopus> {
  const ends = new Ends(program);
  try {
    return await start(ends, options);
  } catch (error) {
    await ends.close();
    throw error;
  }
}

/** The .NET processes that run, to be ended together. */
class Ends {
  readonly #program: string;
  readonly #running: DotnetProgram[] = [];
  constructor(program: string) {
    this.#program = program;
  }

  /** Starts one end; its first line says where it listens, 0 for nowhere. */
  async start(end: string, setup: object): Promise<{ readonly end: DotnetProgram; readonly port: number }> {
    const started = startDotnet(this.#program, [end, JSON.stringify(setup)]);
    this.#running.push(started);
    return { end: started, port: (await started.line<{ port: number }>()).port };
  }

  /** Makes a certificate in each file, and gives their thumbprints. */
  async makeCertificates(...files: readonly string[]): Promise<readonly string[]> {
    const maker = startDotnet(this.#program, ['certificates', JSON.stringify(files)]);
    this.#running.push(maker);
    return maker.line<string[]>();
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((end) => end.close()));
  }
}

async function start(ends: Ends, options: OctopusOptions): Promise<Octopus> {
  const folder = await makeFolder();
  const [serverFile, tentacleFile] = [join(folder.path, 'server.pfx'), join(folder.path, 'tentacle.pfx')];
  const [serverPrint = '', tentaclePrint = ''] = await ends.makeCertificates(serverFile, tentacleFile);
  const thumbprints = { server: serverPrint, tentacle: tentaclePrint };
  const { patienceSeconds } = options;
  const trusting = { certificate: tentacleFile, trust: thumbprints.server };
  const tentacle = await ends.start('tentacle', { ...trusting, patienceSeconds });
  const polled = await ends.start('server', { certificate: serverFile, polled: thumbprints.tentacle });
  const tidegate = await startTidegate({
    policies: policies(tentacle.port, polled.port, options.pins?.(thumbprints) ?? ''),
    users: { [SPACE.user]: SPACE.password },
    config: {
      hosts: Object.fromEntries(NAMES.map((name) => [name, ['127.0.0.1']])),
      ...options.config,
    },
  });
  const recorder = await startRecorder(tidegate.port);
  const proxy = { host: '127.0.0.1', port: recorder.port };
  return {
    tentaclePort: tentacle.port,
    serverPort: polled.port,
    thumbprints,
    tidegate,
    recorder,
    server: async (credentials = {}) =>
      (await ends.start('server', { certificate: serverFile, proxy: { ...proxy, ...credentials } })).end,
    polledServer: polled.end,
    poll: async (server, subscription) => {
      await ends.start('tentacle', { ...trusting, server, subscription, proxy });
    },
    decisions: async () => (await tidegate.journal()).filter(({ kind }) => kind === 'decision'),
    close: async () => {
      await ends.close();
      await recorder.close();
      await tidegate.discard();
      await folder.remove();
    },
  };
}

const NAMES = ['web1.tentacles.test', 'users.test', 'octopus.test', 'denied.test'];

function policies(tentaclePort: number, serverPort: number, pins: string): Record<string, string> {
  const tentacles = rule('tentacles', '"*.tentacles.test"', tentaclePort) + pins;
  const users = rule('targets', 'users.test', tentaclePort);
  return {
    'tentacles.yaml': `policy: tentacles\nallow:\n${tentacles}`,
    'polling.yaml': `policy: polling\nallow:\n${rule('server', 'octopus.test', serverPort)}`,
    'space.yaml': `policy: space\nclients:\n  users: [${SPACE.user}]\nallow:\n${users}`,
  };
}

function rule(id: string, host: string, port: number): string {
  return `  - id: ${id}
    to: [${host}]
    resolves-to: [127.0.0.0/8]
    protocol: tentacle
    ports: [${port}]
`;
}
