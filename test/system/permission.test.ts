import test from 'ava';
import { isPermission, remedyFor, RUN_AS_ACCOUNT } from '../../lib/system/permission.js';

test('what another account may do has that as its remedy', (t) => {
  for (const code of ['EACCES', 'EPERM']) {
    t.true(isPermission(code));
    t.is(remedyFor(code, 'else'), RUN_AS_ACCOUNT);
  }
  for (const code of ['ENOENT', 'ENOSPC', 'none']) {
    t.false(isPermission(code));
    t.is(remedyFor(code, 'else'), 'else');
  }
});
