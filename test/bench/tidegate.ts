/** tidegate itself as a contestant, started as its users start it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, run, type Starter } from './start.js';

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

/** Starts bin/tidegate with a policy that lets 127.0.0.0/8 out, users off as with the others, and its journal in `folder`. */
export const startTidegateForBench: Starter = async (folder) => {
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
    name: 'tidegate',
    port,
    folder,
    log: join(folder, 'state', 'journal'),
    command: process.execPath,
    args: [PROGRAM, 'run', '--config', file],
  });
};
