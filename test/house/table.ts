import { isWithin, type Room } from './rooms.js';

type Rooms = Readonly<Record<string, Room>>;

const START = '<!-- rooms: written by `npm run docs:rooms` from test/house/rooms.ts -->';
/** A cell with more rooms than this only counts them. */
const NAMED = 9;
const END = '<!-- rooms end -->';

/** What is wrong with the table of rooms itself, one line each. */
export function tableProblems(rooms: Rooms): string[] {
  const names = Object.keys(rooms);
  return names.flatMap((name) => [
    ...unknownRooms(name, rooms),
    ...upwardRooms(name, rooms),
    ...cycleFrom(name, rooms),
  ]);
}

/** `page` with the table between its two markers written from `rooms`, or `'no markers'`. */
export function withTable(page: string, rooms: Rooms): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) return 'no markers';
  // Prettier would pad the columns, so that a change of one row changes them all.
  const table = ['<!-- prettier-ignore-start -->', '', ...tableLines(rooms), '', '<!-- prettier-ignore-end -->'];
  return `${page.slice(0, start)}${START}\n\n${table.join('\n')}\n\n${page.slice(end)}`;
}

/** The table of rooms in Markdown, floor by floor. */
export function tableLines(rooms: Rooms): string[] {
  const entries = Object.entries(rooms).sort(([, a], [, b]) => a.floor - b.floor);
  return [
    '| floor | room | what it is | may import | types only |',
    '| --- | --- | --- | --- | --- |',
    ...entries.map(([name, room]) => {
      const called = `\`${name}\`${room.pure ? ' (pure)' : ''}`;
      const cells = [room.floor, called, room.is, cellOf(name, room.imports), cellOf(name, room.types)];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

/** Rooms inside a room are left out of its own cell: it may always import them if it says so in the table. */
function cellOf(name: string, rooms: readonly string[]): string {
  const listed = rooms.filter((room) => !isWithin(room, name) && !isWithin(room, 'system'));
  const named = listed.length > NAMED ? [`${listed.length} rooms, listed in rooms.ts`] : listed.map(quoted);
  return [...named, ...(rooms.some((room) => isWithin(room, name)) ? ['its inner rooms'] : [])].join(', ') || '–';
}

function quoted(room: string): string {
  return `\`${room}\``;
}

function unknownRooms(name: string, rooms: Rooms): string[] {
  return reachable(name, rooms)
    .filter((to) => rooms[to] === undefined)
    .map((to) => `${name} may import ${to}, which has no row in the table`);
}

function upwardRooms(name: string, rooms: Rooms): string[] {
  const floor = rooms[name]?.floor ?? 0;
  const outer = name.split('/')[0] ?? name;
  const outerFloor = rooms[outer]?.floor ?? floor;
  return [
    ...reachable(name, rooms)
      .filter((to) => (rooms[to]?.floor ?? 0) > floor)
      .map((to) => `${name} (floor ${floor}) may import ${to}, which is on floor ${rooms[to]?.floor ?? 0}`),
    ...(floor === outerFloor ? [] : [`${name} is on floor ${floor}, but ${outer} is on floor ${outerFloor}`]),
  ];
}

function cycleFrom(start: string, rooms: Rooms): string[] {
  const seen = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] => {
    if (name === start && way.length > 0) return [`cycle of rooms: ${[...way, name].join(' → ')}`];
    if (seen.has(name)) return [];
    seen.add(name);
    return reachable(name, rooms).flatMap((to) => visit(to, [...way, name]));
  };
  return visit(start, []);
}

function reachable(name: string, rooms: Rooms): string[] {
  const room = rooms[name];
  return room === undefined ? [] : [...room.imports, ...room.types];
}
