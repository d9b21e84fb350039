/** tidegate itself as a contestant, started as its users start it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, run, type Started, type Starter } from './start.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/tidegate', import.meta.url));

const POLICY = `policy: bench
clients:
  networks: [127.0.0.0/8]
allow:
  - id: loopback
    to: [127.0.0.0/8]
    protocol: any
    ports: [1024-65535]
`;

/**
 * Starts bin/tidegate with a policy that lets 127.0.0.0/8 out, users off as with the others, and its journal in `folder`.
 * `program` may be that of another checkout, built, which takes part under a name of its own.
 */
export function tidegateForBench(name = 'tidegate', program = PROGRAM): Starter {
  return (folder) => start(name, program, folder);
}

async function start(name: string, program: string, folder: string): Promise<Started> {
  const port = await freePort();
  await mkdir(join(folder, 'policies'), { recursive: true });
  await writeFile(join(folder, 'policies', 'bench.yaml'), POLICY);
  const config = {
    listen: [`127.0.0.1:${port}`],
    policies: join(folder, 'policies'),
    state: join(folder, 'state'),
    limits: { connections: 16_000, 'connections-per-client': 16_000 },
  };
  const file = join(folder, 'tidegate.yaml');
  await writeFile(file, JSON.stringify(config));
  return run({
    name,
    port,
    folder,
    log: join(folder, 'state', 'journal'),
    command: process.execPath,
    args: [program, 'run', '--config', file],
  });
}
