/** Lists the wordings that the house does not use, below the given paths or everywhere (`npm run house:words -- lib/proxy`). */
import { fileURLToPath } from 'node:url';
import { languageFindings } from './read-language.js';
import { format } from './source.js';

const places = process.argv.slice(2);
for (const finding of languageFindings(fileURLToPath(new URL('../../../', import.meta.url))))
  if (places.length === 0 || places.some((place) => finding.path.startsWith(place)))
    process.stdout.write(`${format(finding)}\n`);
