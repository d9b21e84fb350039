import test from 'ava';
import { readTrust } from '../../../lib/outbox/receivers/trust.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { makeFolder } from '../../fixtures/folder.js';

const { key, cert } = makeCertificate('siem.test');

test('the files are read as TLS takes them', async (t) => {
  const { path, remove } = await makeFolder({ 'ca.pem': `${cert}${cert}`, 'cert.pem': cert, 'key.pem': key });
  t.teardown(remove);
  const identity = { certFile: `${path}/cert.pem`, keyFile: `${path}/key.pem` };
  const trust = await readTrust({ caFile: `${path}/ca.pem`, identity, serverName: 'siem.test' });
  t.deepEqual(trust, { kind: 'trust', tls: { ca: `${cert}${cert}`, cert, key, servername: 'siem.test' } });
  t.deepEqual(await readTrust({ caFile: 'none', identity: 'none', serverName: 'host' }), { kind: 'trust', tls: {} });
});

test('a file that holds something else is named', async (t) => {
  const { path, remove } = await makeFolder({
    'text.pem': 'text',
    'torn.pem': cert.replace('MI', '**'),
    'cert.pem': cert,
  });
  t.teardown(remove);
  const detail = async (ca: string, certFile = 'none', keyFile = 'none'): Promise<string> => {
    const identity =
      certFile === 'none' ? 'none' : ({ certFile: `${path}/${certFile}`, keyFile: `${path}/${keyFile}` } as const);
    const trust = await readTrust({ caFile: `${path}/${ca}`, identity, serverName: 'host' });
    return trust.kind === 'problem' ? trust.detail : 'trusted';
  };
  t.is(await detail('text.pem'), `${path}/text.pem holds no certificate in PEM`);
  t.is(await detail('torn.pem'), `${path}/torn.pem holds a certificate that cannot be read`);
  t.is(
    await detail('cert.pem', 'cert.pem', 'text.pem'),
    `${path}/text.pem holds no private key in PEM without a password`,
  );
  t.regex(await detail('absent.pem'), /ENOENT/);
});
