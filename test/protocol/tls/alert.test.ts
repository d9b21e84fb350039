import { createServer, type AddressInfo } from 'node:net';
import { connect, type SecureVersion } from 'node:tls';
import test from 'ava';
import { alert, type AlertDescription } from '../../../lib/protocol/tls/index.js';
import { run } from '../../fixtures/program.js';
import { orHung } from '../../fixtures/waiting.js';
import { testWith } from '../../programs.js';
import { message, record, short } from './bytes.js';

/** Answers whoever comes with `answer`, as long as `during` runs. */
async function answering<T>(answer: Buffer, during: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  try {
    return await during(port);
  } finally {
    server.close();
  }
}

/** What Node's client says of an answer. */
function told(answer: Buffer, version: SecureVersion): Promise<string> {
  return answering(answer, (port) => {
    const versions = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
    const client = connect({ port, host: '127.0.0.1', ...versions });
    const failed = new Promise<string>((resolve) => {
      client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      client.once('secureConnect', () => resolve('connected'));
    });
    return orHung(failed, () => 'a TLS client says nothing');
  });
}

const CODES: Readonly<Partial<Record<AlertDescription, string>>> = {
  unrecognized_name: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  access_denied: 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
  bad_certificate: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  unexpected_message: 'ERR_SSL_SSLV3_ALERT_UNEXPECTED_MESSAGE',
  unknown_ca: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  decode_error: 'ERR_SSL_TLSV1_ALERT_DECODE_ERROR',
  certificate_unknown: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
  handshake_failure: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
};

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

test("an alert is a record of seven bytes, and a client of each version shows it in the alert's own words", async (t) => {
  t.is(alert('unrecognized_name').toString('hex'), '15030300020270');
  for (const version of VERSIONS) {
    for (const [name, code] of Object.entries(CODES)) {
      const description = name as AlertDescription;
      t.is(await told(alert(description), version), code, version);
    }
  }
});

test('after a ServerHello the alert has the version that it chose', async (t) => {
  for (const [index, version] of (['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const).entries()) {
    const chosen = short(0x0301 + index);
    // ECDHE-RSA-AES128-SHA, and the renegotiation_info that OpenSSL insists on.
    const rest = Buffer.from('00c01300' + '0005ff01000100', 'hex');
    const hello = record(message(2, Buffer.concat([chosen, Buffer.alloc(32, 7), rest])));
    hello[2] = 1 + index;
    t.is(await told(Buffer.concat([hello, alert('bad_certificate', version)]), version), CODES.bad_certificate ?? '');
  }
});

testWith('wget')('GnuTLS shows the alert', async (t) => {
  const said = await answering(alert('access_denied'), (port) =>
    run('wget', ['--no-check-certificate', '-O-', '--tries=1', `https://localhost:${port}/`]),
  );
  t.regex(said.stderr, /Access was denied/);
});

testWith('curl')('curl shows the alert', async (t) => {
  const said = await answering(alert('unrecognized_name'), (port) =>
    run('curl', ['-skS', `https://localhost:${port}/`]),
  );
  t.regex(said.stderr, /unrecognized name/);
});
