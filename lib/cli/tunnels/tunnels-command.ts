import { requestTunnels, type Selection, type Tunnels } from '../../app/tunnels/index.js';
import { sleep } from '../../system/index.js';
import {
  type CommandSpec,
  type ExitName,
  fail,
  type Input,
  interruptible,
  print,
  printJson,
  settle,
} from '../console/index.js';
import { inOrder, ORDERS, ratesBetween } from './rates.js';
import { orFail, SELECTION_OPTIONS, selectionOf } from './selection.js';
import { ratedTable } from './tunnels-text.js';

/** `tunnels`. */
export const tunnelsCommand: CommandSpec = {
  usage: 'tunnels',
  summary: 'list what is open in the running instance: tunnels, and plain HTTP requests under way',
  examples: [
    'tidegate tunnels',
    'tidegate tunnels --watch --sort rate',
    "tidegate tunnels --user spaces-1.production --destination '*.corp.example' --json",
  ],
  settings: ['state'],
  options: [
    ...SELECTION_OPTIONS,
    ['--sort <by>', `order: ${ORDERS.join(', ')} (the oldest, or the most, first)`, 'age'],
    ['--limit <count>', 'maximum number of rows', '1000'],
    ['--watch', 'list again every 2 seconds, until interrupted'],
    ['--json', 'print one JSON object a list'],
  ],
  action: listTunnels,
};

/** How long bytes are counted for a rate; and how long a list stands while it is watched. */
const RATE_MS = 1_000;
const WATCH_MS = 2_000;
const MAX_LIMIT = 5_000;

interface Question {
  readonly state: string;
  readonly select: Selection;
  readonly order: (typeof ORDERS)[number];
  readonly limit: number;
}

async function listTunnels(input: Input): Promise<ExitName> {
  const select = selectionOf(input);
  const [order, limit] = [orderOf(input), limitOf(input)];
  const question = { state: (await settle(input)).config.state, select, order, limit };
  const show = input.has('json') ? showJson : showText;
  await interruptible(async (signal) => {
    let before: Tunnels | 'none' = await ask(question);
    if (input.has('watch')) show('none', before, question, 'watched');
    do {
      await sleep(input.has('watch') ? WATCH_MS : RATE_MS, signal);
      if (signal.aborted) return;
      const now: Tunnels = await ask(question);
      show(before, now, question, input.has('watch') ? 'watched' : 'once');
      before = now;
    } while (input.has('watch'));
  });
  return 'ok';
}

/** All of them: the order is not the instance's. */
async function ask({ state, select }: Question): Promise<Tunnels> {
  return orFail(state, await requestTunnels(state, { request: 'tunnels', select }));
}

type Show = (before: Tunnels | 'none', now: Tunnels, question: Question, how: 'once' | 'watched') => void;

const showJson: Show = (before, now, { order, limit }) => {
  const tunnels = inOrder(ratesBetween(before, now), order).slice(0, limit);
  printJson({ at: now.at, open: now.open, tunnels });
};

const showText: Show = (before, now, { order, limit }, how) => {
  const { isTTY, rows } = process.stdout;
  const onScreen = how === 'watched' && isTTY;
  const shown = onScreen ? Math.min(limit, Math.max(1, rows - 4)) : limit;
  const tunnels = inOrder(ratesBetween(before, now), order).slice(0, shown);
  // Moves to the upper left corner and clears the screen.
  if (onScreen) process.stdout.write('\u001b[H\u001b[2J');
  print(how === 'once' ? textOf() : `${now.at}, ${now.open} open\n${textOf()}\n`);

  function textOf(): string {
    return ratedTable(tunnels, now.open, now.at);
  }
};

function orderOf(input: Input): Question['order'] {
  const text = input.text('sort');
  const order = ORDERS.find((each) => each === text);
  if (order === undefined) fail('usage', `invalid --sort "${text}": use one of ${ORDERS.join(', ')}`);
  return order;
}

function limitOf(input: Input): number {
  const text = input.text('limit');
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  fail('usage', `invalid --limit "${text}": use a whole number from 1 to ${MAX_LIMIT}`);
}
