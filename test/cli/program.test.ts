import test from 'ava';
import { carriedOut, tidegate } from './command.js';

test.serial('an unknown flag, command or argument is a usage error with a suggestion', async (t) => {
  const asked: readonly (readonly [readonly string[], RegExp])[] = [
    [['--polices', 'x'], /unknown option '--polices'\n\(Did you mean --policies\?\)/],
    [['run', '--lisen', 'x'], /Did you mean --listen\?/],
    [['polcy', 'check'], /unknown command 'polcy'\n\(Did you mean policy\?\)/],
    [['policy', 'chek'], /Did you mean check\?/],
    [['run', 'now'], /too many arguments/],
    [['policy'], /Usage: tidegate policy/],
    [['user', 'add'], /missing required argument 'name'/],
    [['audit', 'show'], /missing required argument 'attempt'/],
  ];
  for (const [args, expected] of asked) {
    const ran = await carriedOut(args);
    t.is(ran.code, 2, args.join(' '));
    t.regex(ran.stderr, expected);
    t.is(ran.stdout, '');
  }
  t.is((await tidegate(['--polices', 'x'])).code, 2, 'the program itself');
});

test.serial('every command has a help text with an example', async (t) => {
  const commands = ['run', 'status', 'policy check', 'policy test', 'policy explain', 'audit list', 'audit tail'];
  commands.push('audit show', 'user add', 'user remove', 'user list', 'user check', 'config show', 'doctor');
  for (const command of commands) {
    const ran = await carriedOut([...command.split(' '), '--help']);
    t.is(ran.code, 0, command);
    t.regex(ran.stdout, new RegExp(`Usage: tidegate ${command}`));
    t.regex(ran.stdout, /Examples:\n +(.* \| )?tidegate /, command);
  }
});

test.serial('the version is that of the package', async (t) => {
  t.regex((await carriedOut(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});
