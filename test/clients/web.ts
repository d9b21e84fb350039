import { makeCertificate, type Certificate } from '../fixtures/certificate.js';
import { answering, ok, startOrigin, type Origin } from '../fixtures/origin.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';

/** A plain and a TLS web server on loopback, and tidegate before them: who may reach what is in the policy below. */
export interface Web {
  readonly tidegate: Tidegate;
  readonly proxy: string;
  readonly plain: Origin;
  readonly secure: Origin;
  /** Where the certificate of the TLS server is kept, for clients that want to check it. */
  readonly certificate: string;
  readonly close: () => Promise<void>;
}

/** The page that both servers give. */
export const PAGE = '<!doctype html><title>page</title><p id="it">out it went</p>';

/**
 * Starts the servers and the proxy. `www.test` is for everyone, plain and in a tunnel; `users.test` is for the user
 * `web.node1`, whose password is `correct-horse`; nobody may go to `denied.test`. All three names lead to 127.0.0.1.
 */
export async function startWeb(serve: string = ok(PAGE, 'Content-Type: text/html')): Promise<Web> {
  const certificate: Certificate = makeCertificate('www.test', 'users.test', 'denied.test');
  const plain = await startOrigin(answering(serve));
  const secure = await startOrigin(answering(serve), { certificate });
  const rule = (id: string, host: string): string => `  - id: ${id}-plain
    to: [${host}]
    resolves-to: [127.0.0.0/8]
    protocol: http
    ports: [${plain.port}]
  - id: ${id}-tunnel
    to: [${host}]
    resolves-to: [127.0.0.0/8]
    protocol: tls
    ports: [${secure.port}]
`;
  const tidegate = await startTidegate({
    policies: {
      'everyone.yaml': `policy: everyone\nallow:\n${rule('www', 'www.test')}`,
      'node1.yaml': `policy: node1\nclients:\n  users: [web.node1]\nallow:\n${rule('users', 'users.test')}`,
    },
    users: { 'web.node1': 'correct-horse' },
    config: {
      hosts: { 'www.test': ['127.0.0.1'], 'users.test': ['127.0.0.1'], 'denied.test': ['127.0.0.1'] },
    },
  });
  return {
    tidegate,
    proxy: `http://127.0.0.1:${tidegate.port}`,
    plain,
    secure,
    certificate: await tidegate.folder.write('certificate.pem', certificate.cert),
    close: async () => {
      await tidegate.discard();
      await Promise.all([plain.close(), secure.close()]);
    },
  };
}
