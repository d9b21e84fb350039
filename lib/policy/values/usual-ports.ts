/** The port that a rule of a protocol has where it names none. */
export const USUAL_PORTS = { http: 80, tls: 443, tentacle: 10933, ssh: 22 } as const;

const TUNNELLED = ['tls', 'tentacle', 'ssh'] as const;

/** The protocol of what goes to a port in a tunnel, as far as the port says it. */
export function tunnelledTo(port: number): (typeof TUNNELLED)[number] | 'not_known' {
  return TUNNELLED.find((protocol) => USUAL_PORTS[protocol] === port) ?? 'not_known';
}
