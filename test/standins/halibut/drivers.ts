import { HalibutClient } from './client.js';
import { SAID, type Driver, type Told } from './behaviour.js';
import { asException } from './exceptions.js';
import { OCTOPUS } from './world.js';

/** The stand-in, to be asked what the real library is asked. */
export function standInDriver(): Driver {
  const client = new HalibutClient({ certificate: OCTOPUS, pause: () => Promise.resolve() });
  return {
    thumbprint: OCTOPUS.thumbprint,
    say: (to) => told(client.call(to, 'IEcho', 'Say', SAID).then(String)),
    discover: (to) => told(client.discover(to)),
    close: () => client.close(),
  };
}

async function told(work: Promise<string>): Promise<Told> {
  try {
    return { kind: 'value', value: await work };
  } catch (error) {
    return { kind: 'exception', message: asException(error).message };
  }
}
