/**
 * Text as it is shown: colours, and text without control characters. It knows what a stream can
 * show and writes nothing. Start at `style.ts`.
 */
export { coloured, printable, type Meaning, type Style } from './style.js';
