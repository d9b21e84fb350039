/** Writes the table of rooms in docs/architecture.md from rooms.ts (`npm run docs:rooms`). */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOMS } from './rooms.js';
import { withTable } from './table.js';

const path = fileURLToPath(new URL('../../../docs/architecture.md', import.meta.url));
writeFileSync(path, withTable(readFileSync(path, 'utf8'), ROOMS));
