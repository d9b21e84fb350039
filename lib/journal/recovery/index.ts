/**
 * The journal's end after a crash, or after it was changed: what is good, what is torn and cut off, what is damaged and
 * stays as it is until it is set aside by order, and the tree from which writing continues. Whatever is taken out is kept in
 * side files, and a line names each.
 *
 * What it refuses to know: how lines are written, and who signs. Start at `examine.ts`, which changes nothing.
 */
export { examine, type Examined, type WritePosition } from './examine.js';
export { repairEnd } from './repair.js';
export { setAside } from './set-aside.js';
export { pendingFiles, type SideFile } from './side-files.js';
export { damagedAt } from './resume-tree.js';
