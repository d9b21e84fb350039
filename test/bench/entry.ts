import type { Entry } from '../../lib/journal/index.js';

/** A decision as the audit room makes it: an allowed CONNECT to a name. */
export const entry: Entry = {
  kind: 'decision',
  content: {
    attempt: '0198c2d4-1111-7222-8333-444455556666',
    received: '2026-01-31T12:00:00.000Z',
    client: { ip: '10.20.0.7', port: 51234, user: 'spaces-1.production' },
    destination: { host: 'any.nuget.org', port: 443 },
    intent: 'tunnel',
    resolved: { addresses: ['203.0.113.7', '2001:db8::7'], aliases: ['nugetapi.example.net'], dropped: [] },
    verdict: 'allowed',
    rules: [{ policy: 'production', id: 'feeds', file: 'production.yaml', line: 12 }],
    protocol: 'tls',
    revision: 'abcdef0123456789abcdef0123456789abcdef01',
    status: null,
  },
};
