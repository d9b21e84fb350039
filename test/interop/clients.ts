import { build } from './build.js';
import { startDotnet, type DotnetProgram } from './dotnet-program.js';

/** A proxy as an Octopus proxy record holds it. */
export interface ProxyRecord {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/** Starts one client library of `dotnet/clients/` (`http`, `ssh`, `git`) with its setup, building the program if need be. */
export async function startClient(
  library: string,
  setup: object,
  environment: Readonly<Record<string, string>> = {},
): Promise<DotnetProgram> {
  const built = await build('clients');
  if (built.kind === 'failed') throw new Error(`dotnet build failed: ${built.said}`);
  return startDotnet(built.program, [library, JSON.stringify(setup)], environment);
}
