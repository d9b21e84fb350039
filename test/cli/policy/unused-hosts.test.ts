import test from 'ava';
import type { DomainName } from '../../../lib/address/index.js';
import { unusedHosts, unusedHostsNotes } from '../../../lib/cli/policy/unused-hosts.js';
import { name, policies } from '../../policy/samples.js';

const POLICY = policies({
  name: 'p',
  allow: [
    { id: 'one', to: ['app.corp.example', 'db'], protocol: 'tls' },
    { id: 'many', to: ['*.web.corp.example'], protocol: 'tls' },
  ],
});

test('names of the hosts file that rules list, and the configuration does not, are noted', (t) => {
  const configured = new Map<DomainName, unknown>([[name('db'), []]]);
  const file = [
    'app.corp.example',
    'db',
    'a.web.corp.example',
    'web.corp.example',
    'app.corp.example',
    'ip6-allnodes',
    'x y',
  ];
  const unused = unusedHosts(POLICY, file, configured);
  t.deepEqual(unused, ['app.corp.example', 'a.web.corp.example']);
  t.regex(
    unusedHostsNotes(unused).join(),
    /^note: \S+ lists app\.corp\.example, a\.web\.corp\.example, and is not used: add to "hosts" in the configuration/,
  );
  t.deepEqual(unusedHostsNotes([]), []);
  t.regex(unusedHostsNotes(['a', 'b', 'c', 'd', 'e', 'f', 'g']).join(), /lists a, b, c, d, e and 2 more, /);
});
