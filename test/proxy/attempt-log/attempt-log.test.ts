import test from 'ava';
import { clear } from '../../../lib/policy/index.js';
import { ip, noon, tls } from '../../policy/samples.js';
import { openAttempt } from '../opened-attempt.js';
import { startRig } from '../rig.js';

const THUMBPRINT = 'AA'.repeat(20);
const TENTACLE = `ports: [443], protocol: tentacle, thumbprints: [${THUMBPRINT}], unverifiable: deny`;

/** Where only observing lets an attempt pass: the policy, and where its rule leads. */
const OBSERVED: Readonly<Record<string, string>> = {
  'at its destination and again at its traffic': `policy: p\nmode: observe\nallow:\n  - { id: r, to: [other.test], ${TENTACLE} }\n`,
  'at its traffic, as the policy observes': `policy: p\nmode: observe\nallow:\n  - { id: r, to: [web.test], ${TENTACLE} }\n`,
  'at its traffic, as the rule observes': `policy: p\nallow:\n  - { id: r, to: [web.test], mode: observe, ${TENTACLE} }\n`,
};

for (const [where, policy] of Object.entries(OBSERVED)) {
  test(`what passes only by observing ${where} is counted once`, async (t) => {
    const rig = await startRig();
    t.teardown(rig.end);
    const { attemptLog, permit, counters } = await openAttempt(rig, policy, 'web.test:443', '93.184.216.34');
    const clearance = clear(permit, ip('93.184.216.34'), tls('web.test'), noon);
    if (clearance.kind === 'denied') throw new Error(clearance.reason);
    t.not(clearance.wouldDeny, 'none');
    attemptLog.setClearance(clearance);
    t.is(counters.allowed, 0, 'it may still be refused');
    attemptLog.countAllowed();
    t.is(counters.wouldDeny, 1);
    t.is(counters.allowed, 1);
  });
}
