/**
 * Operations on plain values that every room may use, the pure ones included: days, counts and sizes in texts, objects from JSON.
 * It reads no clock: moments are arguments. Each file is one capability.
 */
export { setBounded } from './bounded-map.js';
export { DAY_MS, dayOf, endOfDay } from './days.js';
export { counted } from './counted.js';
export { isObject } from './objects.js';
export { sizeText } from './size-text.js';
